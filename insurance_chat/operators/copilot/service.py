"""«Помочь с ответом»: a draft out of the documents that a client may read, checked by code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.answering.grounded import Citation, ExtractiveAnswerer
from insurance_chat.dialogue.answering.money_guard import unsourced
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.operators.copilot.checking import Checker, numbered, quoted_in, sums
from insurance_chat.operators.copilot.companies import Companies, Reach, find_user, reach_of
from insurance_chat.operators.copilot.facts import lost
from insurance_chat.operators.copilot.material import LONGEST_QUESTION, Scene, look
from insurance_chat.operators.copilot.ports import Brief, DraftWriter, Style, Task
from insurance_chat.operators.copilot.wishes import Wish, read_wish

MOST_PASSAGES = 3  # quoted in one draft
NOTHING_FOUND = (
    "В базе знаний ответа нет. Спросите другими словами, напишите «напиши ответ так: …» "
    "или добавьте документ по этой теме."
)
NOTHING_ASKED = "Клиент ещё ничего не спросил. Напишите, о чём ему ответить."
ONLY_OWN = "Поиск шёл только по вашим компаниям."
EARLIER = "Последние слова клиента в базе знаний не нашлись; это ответ на сказанное раньше."
NO_COMPANIES = "Вы ещё не указали свои компании, поэтому поиск шёл по всем."
NOT_FOR_CLIENTS = "Не отправляйте: в тексте слова документа, который видят только агенты,"
NOT_SHORTER = "Короче не получится: пропали бы числа, имена или условия."
NOT_LONGER = "В базе знаний по этому вопросу больше ничего нет."


@dataclass(frozen=True, slots=True)
class Draft:
    """A text for the agent to read, change and publish; nothing has been sent.

    Args:
        text: empty when nothing could be written honestly.
        citations: public passages that it comes from.
        only_for_agent: answers of documents that clients must not read; they are not in the text.
        style: wishes of style that were followed.
        variant: which variant this is, from 0.
        variants: how many there are.
        warning: what the agent should look at, in Russian.
        ask_companies: ask the agent once whether only documents of own companies should count.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    only_for_agent: tuple[Citation, ...] = ()
    style: tuple[Style, ...] = ()
    variant: int = 0
    variants: int = 0
    warning: str | None = None
    ask_companies: bool = False

    @property
    def variants_left(self) -> int:
        """How many further variants can be asked for."""
        return max(0, self.variants - 1 - self.variant)


class Drafting:
    """A draft on its way: `sentences` gives it as it is written, `result` when it is whole.

    Args:
        writer: writes the text.
        brief: what it is written from.
        draft: everything that is known before the text.
        checker: looks at each sentence.
        warnings: what is known to be worth a warning already.
    """

    def __init__(
        self,
        writer: DraftWriter,
        brief: Brief,
        draft: Draft,
        checker: Checker,
        warnings: Sequence[str],
    ) -> None:
        self._writer = writer
        self._brief = brief
        self._draft = draft
        self._checker = checker
        self._warnings = list(warnings)
        self._parts: list[str] = []

    async def sentences(self) -> AsyncIterator[str]:
        """Checked sentences; put together they are the text of the result. Call once."""
        pieces = self._writer.write(self._brief, self._draft.variant)
        async for sentence in self._checker.sentences(pieces):
            self._parts.append(sentence)
            yield sentence

    def result(self) -> Draft:
        """The whole draft, after `sentences` has come to its end."""
        text = "".join(self._parts)
        draft = self._draft
        warnings = self._warnings + self._afterthoughts(text)
        citations = draft.citations if text else ()
        if Style.LONG in draft.style:
            citations = quoted_in(text, (*self._brief.passages, *self._brief.more))
        return replace(draft, text=text, citations=citations, warning=" ".join(warnings) or None)

    def _afterthoughts(self, text: str) -> list[str]:
        found = []
        if self._checker.dropped:
            found.append(f"Убраны суммы без источника: {sums(self._checker.dropped)}.")
        if self._brief.task is not Task.CHANGE or not text:
            return found
        if missing := lost(self._brief.words, text):
            found.append(f"В новом тексте нет: {', '.join(missing)}.")
        if Style.SHORT in self._brief.styles and len(text) >= len(self._brief.words):
            found.append(NOT_SHORTER)
        if Style.LONG in self._brief.styles and len(text) <= len(self._brief.words):
            found.append(NOT_LONGER)
        return found


class Copilot:
    """Helps agents to answer.

    Args:
        db: where chats are read; nothing is open while a draft is thought of.
        answerer: finds passages.
        slots: names of facts for «осталось указать».
        writer: writes the text.
    """

    def __init__(
        self,
        db: Database,
        answerer: ExtractiveAnswerer,
        slots: Mapping[str, SlotDefinition],
        writer: DraftWriter,
    ) -> None:
        self._db = db
        self._answerer = answerer
        self._slots = slots
        self._writer = writer

    async def draft(
        self,
        principal: Principal,
        *,
        session: UUID | None,
        wish: str = "",
        style: str | None = None,
        current: str | None = None,
        companies: Companies | None = None,
        variant: int = 0,
        agent: UUID | None = None,
    ) -> Draft:
        """Write a draft at once; arguments and refusals as of `begin`."""
        drafting = await self.begin(
            principal,
            session=session,
            wish=wish,
            style=style,
            current=current,
            companies=companies,
            variant=variant,
            agent=agent,
        )
        async for _ in drafting.sentences():
            pass
        return drafting.result()

    async def begin(
        self,
        principal: Principal,
        *,
        session: UUID | None,
        wish: str = "",
        style: str | None = None,
        current: str | None = None,
        companies: Companies | None = None,
        variant: int = 0,
        agent: UUID | None = None,
    ) -> Drafting:
        """Find what a draft is made of, so that it can be written and shown sentence by sentence.

        Args:
            session: the chat in which the answer is needed; None for a draft without a chat.
            wish: a question, «короче», «перефразируй», «напиши ответ так: …»; empty answers what the
                client has said last.
            style: further wishes of style.
            current: what the agent has in the box, when the wish is about that.
            companies: whose documents count; None follows the agent's stored choice.
            variant: 0 for the first draft, then 1, 2, …
            agent: for whom an administrator asks; None is the caller.

        Raises:
            ServiceError: `forbidden`, `session_not_found`, `agent_not_found`.
        """
        access.require(principal, Permission.USE_ASSIST)
        async with self._db.unit() as unit:
            user = await find_user(unit, principal, agent)
            scene = Scene()
            if session is not None:
                scene = await look(unit, principal, session, self._slots)
        text = (current or "").strip()
        reach = reach_of(user, companies)
        read = read_wish(wish, style, has_text=bool(text))
        found = await self._find(principal.tenant_id, read, scene, reach, text)
        brief = replace(_brief(read, scene, found, text, user.name), tenant_id=principal.tenant_id)
        count = self._writer.variants(brief)
        draft = Draft(
            "",
            _cited(brief),
            found.private,
            read.styles,
            variant % count if count else 0,
            count,
            ask_companies=companies is None
            and not reach.asked
            and reach.has_companies
            and scene.brought_by == user.id,
        )
        warnings = _warnings(brief, scene, reach, companies)
        if found.late and count:
            warnings.append(EARLIER)
        if brief.task is not Task.ANSWER:
            warnings += await self._slips(principal.tenant_id, brief.words, reach)
        own = (brief.words,) if brief.task is not Task.ANSWER else ()
        sources = (*(one.quote for one in (*brief.passages, *brief.more)), *own)
        return Drafting(self._writer, brief, draft, Checker(sources, scene.amounts), warnings)

    async def _find(
        self, tenant_id: int, wish: Wish, scene: Scene, reach: Reach, text: str
    ) -> _Found:
        if wish.task is Task.WRITE:
            return _Found()
        if wish.words:
            return await self._search(tenant_id, (wish.words,), reach)
        questions = scene.questions
        found = await self._search(tenant_id, questions, reach)
        if not found.passages and len(questions) > 1:
            found = await self._search(tenant_id, ("\n".join(questions),), reach)
        for question in scene.earlier:
            if found.passages:
                return found
            found = replace(await self._search(tenant_id, (question,), reach), late=True)
        if not found.passages and Style.LONG in wish.styles:
            return await self._search(tenant_id, (text[:LONGEST_QUESTION],), reach)
        return found

    async def _search(self, tenant_id: int, questions: Sequence[str], reach: Reach) -> _Found:
        first: list[Citation] = []
        more: list[Citation] = []
        private: list[Citation] = []
        for question in questions:
            passages = await self._answerer.passages(
                question, tenant_id=tenant_id, companies=reach.codes
            )
            first += passages[:1]
            more += passages[1:]
            private += await self._hidden(tenant_id, question, reach)
        return _Found(numbered(first)[:MOST_PASSAGES], tuple(more), numbered(private))

    async def _hidden(self, tenant_id: int, question: str, reach: Reach) -> tuple[Citation, ...]:
        """What documents for agents answer, when they answer better than public ones do."""
        hidden = await self._answerer.answer(
            question,
            tenant_id=tenant_id,
            audience="private",
            companies=reach.codes,
            reader=reach.reader,
        )
        if not hidden.confident:
            return ()
        best = await self._answerer.answer(
            question,
            tenant_id=tenant_id,
            audience="agents",
            companies=reach.codes,
            reader=reach.reader,
        )
        return hidden.citations if best.text == hidden.text else ()

    async def _slips(self, tenant_id: int, text: str, reach: Reach) -> list[str]:
        """A warning when an agent's text quotes a document that clients must not read."""
        hidden = await self._answerer.passages(
            text, tenant_id=tenant_id, audience="private", reader=reach.reader
        )
        titles = dict.fromkeys(citation.title for citation in quoted_in(text, hidden))
        return [f"{NOT_FOR_CLIENTS} «{title}»." for title in titles]


@dataclass(frozen=True, slots=True)
class _Found:
    passages: tuple[Citation, ...] = ()
    more: tuple[Citation, ...] = ()
    private: tuple[Citation, ...] = ()
    late: bool = False  # it answers what the client had said earlier


def _brief(wish: Wish, scene: Scene, found: _Found, text: str, signature: str) -> Brief:
    changing = wish.task is Task.CHANGE
    return Brief(
        task=wish.task,
        words=text if changing else wish.words or "\n".join(scene.questions),
        styles=wish.styles,
        passages=found.passages,
        more=found.more,
        client_name=scene.client_name,
        greet=not scene.greeted,
        still_needed=scene.still_needed,
        signature=signature,
    )


def _cited(brief: Brief) -> tuple[Citation, ...]:
    """Sources of a draft: of an answer all, of a changed text those that it quotes."""
    if brief.task is Task.ANSWER:
        return numbered(brief.passages)
    return quoted_in(brief.words, (*brief.passages, *brief.more))


def _warnings(brief: Brief, scene: Scene, reach: Reach, companies: Companies | None) -> list[str]:
    found = []
    if brief.task is Task.ANSWER and not brief.passages:
        found.append(NOTHING_FOUND if brief.words else NOTHING_ASKED)
        if reach.codes is not None and brief.words:
            found.append(ONLY_OWN)
    if companies == "own" and not reach.has_companies:
        found.append(NO_COMPANIES)
    if brief.task is not Task.ANSWER:
        quotes = [passage.quote for passage in (*brief.passages, *brief.more)]
        if own := unsourced(brief.words, scene.amounts, quotes):
            found.append(
                f"Проверьте сумму: {sums(own)}. Её нет в базе знаний и в предложениях чата."
            )
    return found
