"""What is known of the client, and their consents with proof."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from insurance_chat.conversations.models import Consent
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.unit import Unit

PROCESSING = "processing"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """Exact text that the client agreed to, with its version."""

    purpose: str
    version: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, kept as the proof of what was shown."""
        return hashlib.sha256(self.text.encode()).hexdigest()


async def give_consent(
    unit: Unit,
    tenant_id: int,
    contact_id: int,
    conversation_id: int,
    channel: str,
    consent: ConsentText,
) -> None:
    """Record a consent once for each version of the text (152-ФЗ art. 9)."""
    repository = ConversationRepository(unit, tenant_id)
    active = await repository.active_consent(contact_id, consent.purpose)
    if active is not None and active.text_hash == consent.digest:
        return
    await repository.add_consent(
        Consent(
            contact_id=contact_id,
            conversation_id=conversation_id,
            purpose=consent.purpose,
            version=consent.version,
            text_hash=consent.digest,
            text=consent.text,
            channel=channel,
        )
    )


async def has_consent(unit: Unit, tenant_id: int, contact_id: int, consent: ConsentText) -> bool:
    """Whether this very text was agreed to and not withdrawn."""
    repository = ConversationRepository(unit, tenant_id)
    active = await repository.active_consent(contact_id, consent.purpose)
    return active is not None and active.text_hash == consent.digest


async def withdraw_consents(unit: Unit, tenant_id: int, contact_id: int) -> int:
    """The client takes all consents back; returns how many ended."""
    return await ConversationRepository(unit, tenant_id).withdraw_consents(contact_id)


async def remember(unit: Unit, tenant_id: int, contact_id: int, **facts: Any) -> None:
    """Keep facts about the person (name, email, phone, language), sealed; empty values change nothing."""
    repository = ConversationRepository(unit, tenant_id)
    contact = await repository.contact(contact_id)
    if contact is None:
        return
    known = unit.cipher.open_json(contact.profile) if contact.profile is not None else {}
    fresh = known | {name: value for name, value in facts.items() if value}
    if fresh != known:
        contact.profile = unit.cipher.seal_json(fresh)
