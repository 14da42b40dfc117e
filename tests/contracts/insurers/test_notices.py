"""Every insurer adapter believes only signed and fresh notices."""

from __future__ import annotations

import hmac
import json
import time
from hashlib import sha256
from typing import Any

import pytest

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.providers.polis_online.settings import SANDBOX_WEBHOOK_SECRET
from tests.contracts.insurers.cases import key, paid_draft


def signed(event: dict[str, str], age: int = 0, secret: str = SANDBOX_WEBHOOK_SECRET) -> Any:
    body = json.dumps(event).encode()
    timestamp = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    return [("X-Polis-Timestamp", timestamp), ("X-Polis-Signature", f"sha256={digest}")], body


PAID = {"eventId": "e1", "type": "payment.succeeded", "draftId": "d1"}


async def test_payment_and_issue_are_announced(world: Any, callback: Any) -> None:
    await world.provider.register_callback(callback.url)
    draft_id = await paid_draft(world.provider)
    await world.provider.issue(draft_id, key())
    await callback.wait_for(2)
    notices = [world.provider.read_notice(headers, body) for headers, body in callback.arrived]
    assert [notice.draft_id for notice in notices] == [draft_id, draft_id]
    assert len({notice.notice_id for notice in notices}) == 2


async def test_a_notice_that_we_did_not_take_comes_again(world: Any, callback: Any) -> None:
    callback.answers = [500, 503]
    await world.provider.register_callback(callback.url)
    await paid_draft(world.provider)
    await callback.wait_for(3)
    ids = {world.provider.read_notice(*arrived).notice_id for arrived in callback.arrived}
    assert len(ids) == 1


async def test_notices_can_come_twice_and_out_of_order(world: Any, callback: Any) -> None:
    await world.behave(duplicate_webhooks=1, reorder_webhooks=True)
    await world.provider.register_callback(callback.url)
    draft_id = await paid_draft(world.provider)
    await world.provider.issue(draft_id, key())
    await callback.wait_for(4)
    kinds = [json.loads(body)["type"] for _, body in callback.arrived]
    assert kinds == ["policy.issued"] * 2 + ["payment.succeeded"] * 2


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        signed(PAID, age=900),
        signed(PAID, age=-900),
        signed(PAID, secret="another"),
        (signed(PAID)[0], b'{"eventId": "e2"}'),
        ([], b"{}"),
        ([("X-Polis-Timestamp", "soon"), ("X-Polis-Signature", "sha256=ё")], b"{}"),
    ],
    ids=["old", "from the future", "other secret", "changed body", "unsigned", "nonsense"],
)
def test_a_notice_without_a_good_signature_is_refused(world: Any, headers: Any, body: Any) -> None:
    with pytest.raises(ServiceError) as caught:
        world.provider.read_notice(headers, body)
    assert (caught.value.kind, caught.value.code) == (Kind.UNAUTHENTICATED, "bad_signature")


def test_an_event_that_we_do_not_use_is_nothing(world: Any) -> None:
    assert world.provider.read_notice(*signed(PAID | {"type": "payment.refused"})) is None
    assert world.provider.read_notice(*signed(PAID)).draft_id == "d1"
