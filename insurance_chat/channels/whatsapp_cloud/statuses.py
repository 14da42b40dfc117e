"""What became of a message of ours.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components#statuses-object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from insurance_chat.channels.meta.errors import refusal
from insurance_chat.channels.meta.hooks import dicts, fitted
from insurance_chat.channels.ports import Happening, Progress, StatusChange
from insurance_chat.channels.whatsapp_cloud.errors import MEANINGS

_PROGRESS = {
    "sent": Progress.SENT,
    "delivered": Progress.DELIVERED,
    "read": Progress.READ,
    "played": Progress.READ,
    "failed": Progress.FAILED,
}


def status(item: Mapping[str, Any]) -> Sequence[Happening]:
    """A status; one that is not known to us gives nothing."""
    progress = _PROGRESS.get(str(item.get("status", "")))
    external_id = str(item.get("id", ""))
    if progress is None or not external_id:
        return ()
    key = str(item.get("biz_opaque_callback_data", ""))
    if progress is not Progress.FAILED:
        return (StatusChange(fitted(external_id), progress, key=key),)
    errors = dicts(item.get("errors"))
    problem = refusal(errors[0] if errors else {}, 0, MEANINGS)
    return (
        StatusChange(
            fitted(external_id), progress, problem.words, key=key, failure=problem.failure
        ),
    )
