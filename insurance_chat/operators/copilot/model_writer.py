"""Writes drafts with a language model; what its sources do not say never leaves this file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Final

import structlog

from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.answering.sentences import split_sentences
from insurance_chat.dialogue.understanding.known import whole_and_parts
from insurance_chat.llm import profile as profiles
from insurance_chat.llm.ports import ChatMessage, ChatModel, ChatRequest, ModelUnavailable
from insurance_chat.llm.profile import Profile
from insurance_chat.llm.prompting import block, instructions
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.operators.copilot.checking import whole_sentences
from insurance_chat.operators.copilot.facts import facts_of, lost
from insurance_chat.operators.copilot.letter import Letter
from insurance_chat.operators.copilot.ports import Brief, DraftWriter, Style, Task
from insurance_chat.operators.copilot.rules import base_of, framed, way_of
from insurance_chat.operators.copilot.support import Support

log = structlog.get_logger()
NAME: Final = "draft v1"
LONGEST = 4000  # characters of a text or a passage
MOST_MORE = 4  # further passages for «подробнее»
WARMER, WARMEST = 0.2, 1.0  # each variant strays further from the likeliest words
_BODY = "\ue000"  # stands for the model's words in the frame; nobody types it


class ModelWriter:
    """A `DraftWriter` over a language model, with the rules behind it for the same request.

    An answer is given out sentence by sentence, each one only when the passages say it. A changed
    text is looked at whole: when it has lost a number, a date, a name or a link, or says what the
    agent did not, the rules write it. Greeting and signature are always those of the rules.

    Args:
        db: where the assistant's profile is read; no transaction is open while the model writes.
        model: writes.
        settings: the profile while nobody has changed it.
        rules: writes when no model does.
    """

    def __init__(
        self, db: Database, model: ChatModel, settings: LlmSettings, rules: DraftWriter
    ) -> None:
        self._db = db
        self._model = model
        self._settings = settings
        self._rules = rules

    def variants(self, brief: Brief) -> int:
        """As many as the rules have, so that each can be had without a model too."""
        return self._rules.variants(brief)

    async def write(self, brief: Brief, variant: int) -> AsyncIterator[str]:
        """The text as it comes; the rules write it when the model does not or may not."""
        said = False
        if brief.tenant_id is not None and self._rules.variants(brief) and base_of(brief).body:
            request = await self._request(brief, brief.tenant_id, variant)
            write = self._answer if brief.task is Task.ANSWER else self._change
            async with aclosing(write(brief, variant, request)) as pieces:
                async for piece in pieces:
                    said = True
                    yield piece
        if said:
            return
        async for piece in self._rules.write(brief, variant):
            yield piece

    async def _answer(
        self, brief: Brief, variant: int, request: ChatRequest
    ) -> AsyncGenerator[str, None]:
        """Supported sentences within a frame; nothing at all when there is none."""
        letter = framed(brief, Letter(), _BODY, way_of(brief, variant))
        before, _, after = letter.text.partition(_BODY)
        support = _support(brief)
        passed: list[str] = []
        whole = True
        try:
            async with aclosing(self._pieces(request)) as pieces:
                async for sentence in whole_sentences(pieces):
                    if not support.holds(sentence):
                        whole = False
                        continue
                    yield sentence if passed else before + sentence.lstrip()
                    passed.append(sentence)
        except ModelUnavailable:
            whole = False
        if not whole:
            log.info("copilot.draft_cut", prompt=NAME, kept=len(passed))
        if not passed:
            return
        rest = "" if whole else _unsaid(brief, "".join(passed))
        if rest or after:
            yield f" {rest}{after}" if rest else after

    async def _change(
        self, brief: Brief, variant: int, request: ChatRequest
    ) -> AsyncGenerator[str, None]:
        """The agent's text in other words, in one piece; nothing when it is not the same text."""
        try:
            async with aclosing(self._pieces(request)) as pieces:
                body = "".join([piece async for piece in pieces]).strip()
        except ModelUnavailable:
            return
        base = base_of(brief)
        support = _support(brief)
        sentences = split_sentences(body)
        if not sentences or lost(base.body, body) or not all(map(support.holds, sentences)):
            log.info("copilot.draft_refused", prompt=NAME)
            return
        yield framed(brief, base, body, way_of(brief, variant)).text

    async def _pieces(self, request: ChatRequest) -> AsyncGenerator[str, None]:
        async for delta in self._model.stream(request):
            yield delta.text

    async def _request(self, brief: Brief, tenant_id: int, variant: int) -> ChatRequest:
        async with self._db.unit() as unit:
            profile = await profiles.load(unit, tenant_id, self._settings)
        return ChatRequest(
            tenant_id,
            _prompt(brief, profile, variant),
            model=profile.model,
            temperature=max(
                profile.temperature, min(WARMEST, profile.temperature + WARMER * variant)
            ),
            known=whole_and_parts([name for name in (brief.client_name, brief.signature) if name]),
        )


def _prompt(brief: Brief, profile: Profile, variant: int) -> tuple[ChatMessage, ...]:
    own = [] if brief.task is Task.ANSWER else [base_of(brief).body[:LONGEST]]
    asked = [brief.words[:LONGEST]] if brief.task is Task.ANSWER else []
    blocks = (
        block("задание", [brief.task.value]),
        block("стиль", [", ".join(brief.styles)]),
        block("тон", [profile.tone]),
        block("указания_компании", [profile.system_prompt]),
        block("вариант", [str(variant)]),
        block("вопрос", asked),
        block("текст", own),
        block("выдержки", [text[:LONGEST] for text in _quotes(brief)]),
    )
    text = "\n".join(filter(None, blocks))
    return (
        ChatMessage("system", instructions(Path(__file__).parent, NAME)),
        ChatMessage("user", text),
    )


def _quotes(brief: Brief) -> list[str]:
    """Passages that this draft may use."""
    if brief.task is Task.WRITE:
        return []
    more = brief.more[:MOST_MORE] if Style.LONG in brief.styles else ()
    used = brief.passages if brief.task is Task.ANSWER or more else ()
    return list(dict.fromkeys(f"{one.section}\n{one.quote}" for one in (*used, *more)))


def _support(brief: Brief) -> Support:
    own = () if brief.task is Task.ANSWER else (brief.words,)
    return Support((*own, *_quotes(brief)))


def _unsaid(brief: Brief, text: str) -> str:
    """Sentences of the passages whose facts a text that broke off does not have."""
    said = facts_of(text)
    return " ".join(
        sentence
        for passage in brief.passages
        for sentence in split_sentences(passage.quote)
        if facts_of(sentence) - said
    )
