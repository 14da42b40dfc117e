"""Which contacts agents may name: those of the service, of insurers, and of this very client."""

from __future__ import annotations

from urllib.parse import urlsplit

from insurance_chat.conversations.contact_spotting.spotting import spot
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.unit import Unit
from insurance_chat.operators.pull_away.settings import PullAwaySettings
from insurance_chat.operators.pull_away.types import Allowed


def allowed_by(settings: PullAwaySettings, *addresses: str) -> Allowed:
    """What may be named in every chat.

    Args:
        addresses: of the service itself and of its payment pages, `https://chat.example.ru`.
    """
    hosts = [urlsplit(address).netloc for address in addresses]
    values = []
    for wanted in settings.pull_away_allowed.split(","):
        found = next(iter(spot(wanted)), None)
        if found is None or found.kind == "url":
            hosts.append(
                urlsplit(f"//{wanted.strip().partition('//')[2] or wanted.strip()}").netloc
            )
        else:
            values.append(found.value)
    return Allowed.make(hosts, values)


async def in_chat(unit: Unit, conversation: Conversation, allowed: Allowed) -> Allowed:
    """The same with the phone and the e-mail that this client has confirmed."""
    contact = await ConversationRepository(unit, conversation.tenant_id).contact(
        conversation.contact_id
    )
    known: list[str] = []
    if contact is not None and contact.profile is not None:
        profile = unit.cipher.open_json(contact.profile)
        known += [str(profile.get(name) or "") for name in ("phone", "email")]
    if conversation.email is not None:
        known.append(unit.cipher.open(conversation.email))
    return allowed.plus([one.value for text in known for one in spot(text)])
