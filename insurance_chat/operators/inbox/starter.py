"""Gives a new tenant ready texts, so that its agents do not begin with an empty list."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from insurance_chat.core.db.unit import Unit
from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.operators.inbox.models import MessageTemplate
from insurance_chat.operators.inbox.repository import InboxRepository

_FILE = Path(__file__).parent / "starter_templates.yml"


async def add_starter_templates(unit: Unit, tenant_id: int) -> int:
    """Add the common templates that come with the service.

    Call it once, for a tenant that was just made: what an administrator deletes must not come back.

    Returns:
        How many were added.
    """
    repository = InboxRepository(unit, tenant_id)
    given = await asyncio.to_thread(_read)
    for one in given:
        await repository.add_template(MessageTemplate(title=one["title"], body=one["text"]))
    return len(given)


def _read() -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = read_yaml(_FILE)
    return read
