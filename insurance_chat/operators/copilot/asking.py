"""«Узнать у ИИ»: an agent asks for themselves, with the documents that clients never see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from insurance_chat.accounts import access, agents
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.accounts.status_words import status_from_words
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.answering.grounded import Citation, ExtractiveAnswerer
from insurance_chat.operators.copilot.checking import Checker, quoted_in
from insurance_chat.operators.copilot.companies import Companies, find_user, reach_of
from insurance_chat.operators.copilot.ports import Brief, DraftWriter, Task
from insurance_chat.operators.copilot.wishes import Wish, read_wish

UNKNOWN = "В базе знаний ответа нет. Спросите иначе или добавьте документ по этой теме."
UNKNOWN_OWN = "В документах ваших компаний ответа нет. Попробуйте поискать по всем компаниям."
STATUS_SET = {
    AgentStatus.AVAILABLE: "Отмечено: вы на месте, новые чаты будут приходить.",
    AgentStatus.BUSY: "Отмечено: вы заняты, новых чатов не будет.",
    AgentStatus.OFFLINE: "Отмечено: вы не на работе, новых чатов не будет.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the assistant tells an agent.

    Args:
        text: the answer, empty when the documents have none.
        citations: where it comes from, documents for agents included.
        more: further passages, for «подробнее».
        note: what is said instead of or beside an answer.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    more: tuple[Citation, ...] = ()
    note: str | None = None


class Adviser:
    """Answers an agent's own questions.

    Args:
        db: where the agent is looked up.
        answerer: finds passages.
        writer: makes an answer shorter, fuller or other.
    """

    def __init__(self, db: Database, answerer: ExtractiveAnswerer, writer: DraftWriter) -> None:
        self._db = db
        self._answerer = answerer
        self._writer = writer

    async def ask(
        self,
        principal: Principal,
        question: str,
        *,
        companies: Companies | None = None,
        last: Told | None = None,
    ) -> Told:
        """Answer a question, change the last answer («короче», «подробнее»), or note a status.

        Args:
            question: the agent's words; «я на месте», «занят», «ушёл» set the status.
            companies: whose documents count; None follows the agent's stored choice.
            last: the last answer on the page.

        Raises:
            ServiceError: `forbidden`, `agent_not_found`.
        """
        access.require(principal, Permission.USE_ASSIST)
        status = status_from_words(question)
        async with self._db.unit() as unit:
            reach = reach_of(await find_user(unit, principal), companies)
            if status is not None:
                mine = UUID(str(principal.user_public_id))
                await agents.set_status(unit, principal, mine, status)
        if status is not None:
            return Told("", note=STATUS_SET[status])
        wish = read_wish(question, has_text=last is not None and bool(last.text))
        if last is not None and wish.task is Task.CHANGE and not wish.words:
            return await self._changed(principal, last, wish)
        found = await self._answerer.passages(
            wish.words or question,
            tenant_id=principal.tenant_id,
            audience="agents",
            companies=reach.codes,
            reader=reach.reader,
        )
        if not found:
            return Told("", note=UNKNOWN if reach.codes is None else UNKNOWN_OWN)
        told = Told(found[0].quote, found[:1], found[1:])
        return await self._changed(principal, told, wish) if wish.styles else told

    async def _changed(self, principal: Principal, told: Told, wish: Wish) -> Told:
        brief = Brief(
            Task.CHANGE, told.text, wish.styles, more=told.more, tenant_id=principal.tenant_id
        )
        sources = [told.text, *(citation.quote for citation in told.more)]
        text = await self._written(brief, sources)
        if not text:
            return told
        known = (*told.citations, *told.more)
        return Told(text, quoted_in(text, known) or told.citations, told.more)

    async def _written(self, brief: Brief, sources: Sequence[str]) -> str:
        pieces = self._writer.write(brief, 0)
        return "".join([part async for part in Checker(tuple(sources)).sentences(pieces)])
