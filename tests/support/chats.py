"""Conversations of clients for tests."""

from __future__ import annotations

from uuid import uuid4

from insurance_chat.conversations import sessions
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.core.db.unit import Unit


async def open_web_chat(unit: Unit, tenant_id: int) -> SessionView:
    """A new visitor of the site opens a chat."""
    view, _ = await sessions.create_session(
        unit,
        tenant_id,
        None,
        channel="web",
        channel_user_id=uuid4().hex,
        prefer_voice=False,
        email=None,
    )
    return view
