"""An agent's message on its way to the client: looked at first, then sent, hidden in part or stopped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import InboundMessage
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.inbox import sending
from insurance_chat.operators.inbox.sending import Sent
from insurance_chat.operators.pull_away import service as pull_away
from insurance_chat.operators.pull_away.detector import masked
from insurance_chat.operators.pull_away.hits import Hit
from insurance_chat.operators.pull_away.ports import SecondOpinion
from insurance_chat.operators.pull_away.types import Allowed, Level, Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """A message that went to the client; `warning` tells its agent what was hidden and why."""

    sent: Sent
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class _Stopped:
    verdict: Verdict
    hit: Hit | None


class Speaking:
    """Says what agents write, unless it leads the client away from the service.

    Args:
        db: transactions; none is open while a second opinion is asked for.
        allowed: contacts that may be named in every chat.
        opinion: looks again at what the rules are not sure about.
    """

    def __init__(self, db: Database, allowed: Allowed, opinion: SecondOpinion) -> None:
        self._db = db
        self._allowed = allowed
        self._opinion = opinion

    async def say(
        self,
        principal: Principal,
        session: UUID,
        message: InboundMessage,
        *,
        quoted: UUID | None = None,
    ) -> Said:
        """Say something to the client as a human; an administrator is not checked.

        A stopped message is not stored, but the incident about it is.

        Raises:
            ServiceError: `pull_away_blocked` with `incidentId`; and those of `sending.send`.
        """
        asked: Verdict | None = None
        while True:
            async with self._db.unit() as unit:
                verdict = asked or await self._look(unit, principal, session, message)
                if not verdict.grey or asked is not None:
                    done = await self._act(unit, principal, session, message, quoted, verdict)
                    break
                conversation = await claiming.find_to_lead(unit, principal, session)
                names = await pull_away.names_in(unit, conversation)
            asked = await pull_away.reconsider(
                self._opinion, principal.tenant_id, message.text or "", verdict, names
            )
        if isinstance(done, Said):
            return done
        raise _refusal(done)

    async def _look(
        self, unit: Unit, principal: Principal, session: UUID, message: InboundMessage
    ) -> Verdict:
        """What the rules say; names of files and outside links must be clean altogether."""
        if principal.role is not Role.AGENT:
            return _FINE
        conversation = await claiming.find_to_lead(unit, principal, session)
        if message.client_key is not None:
            repository = ConversationRepository(unit, principal.tenant_id)
            if await repository.has_key(conversation.id, message.client_key):
                return _FINE  # a repeat of what was sent before
        beside = "\n".join(_beside(message))
        if beside:
            verdict = await pull_away.check_message(
                unit, principal, conversation, beside, self._allowed
            )
            if verdict.level is not Level.OK:
                return replace(verdict, level=Level.BLOCK, grey=False)
        return await pull_away.check_message(
            unit, principal, conversation, message.text or "", self._allowed
        )

    async def _act(
        self,
        unit: Unit,
        principal: Principal,
        session: UUID,
        message: InboundMessage,
        quoted: UUID | None,
        verdict: Verdict,
    ) -> Said | _Stopped:
        if verdict.level is Level.OK:
            return Said(await sending.send(unit, principal, session, message, quoted=quoted))
        text = message.text or ""
        if verdict.level is Level.BLOCK:
            conversation = await claiming.find_to_lead(unit, principal, session)
            shown = "\n".join((text, *_beside(message))).strip()
            return _Stopped(
                verdict,
                await pull_away.record(unit, principal, conversation, shown, verdict),
            )
        clean = replace(message, text=masked(text, verdict))
        sent = await sending.send(unit, principal, session, clean, quoted=quoted)
        conversation = await claiming.find_to_lead(unit, principal, session)
        said = sent.entry.public_id
        await pull_away.record(unit, principal, conversation, text, verdict, said)
        return Said(sent, pull_away.explain(verdict))


_FINE = Verdict(Level.OK, 0, (), (), (), "")


def _beside(message: InboundMessage) -> list[str]:
    """What the client sees beside the words: names of files, addresses that are not ours."""
    cards = message.metadata.get("files") or []
    names = [str(card.get("name") or "") for card in cards]
    voice = None if message.voice_key else message.voice_url
    outside = [voice] if cards else [voice, message.file_url]
    return [*names, *(url for url in outside if url)]


def _refusal(stopped: _Stopped) -> ServiceError:
    incident = str(stopped.hit.id) if stopped.hit is not None else None
    return ServiceError(
        "pull_away_blocked",
        Kind.CONFLICT,
        pull_away.explain(stopped.verdict),
        incidentId=incident,
    )
