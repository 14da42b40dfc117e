"""The understanding that asks a model, and the rules whenever they are enough or all there is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.understanding.facts import collect_facts
from insurance_chat.dialogue.understanding.known import known_names, whole_and_parts
from insurance_chat.dialogue.understanding.llm import prompt
from insurance_chat.dialogue.understanding.llm.judge import Judge
from insurance_chat.dialogue.understanding.llm.proposals import Proposals
from insurance_chat.dialogue.understanding.llm.scope import scope_of
from insurance_chat.dialogue.understanding.llm.shortcuts import is_clear
from insurance_chat.dialogue.understanding.ports import TurnInput
from insurance_chat.dialogue.understanding.reading import Reading
from insurance_chat.dialogue.understanding.rules import RulesUnderstanding
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.llm import wire
from insurance_chat.llm.availability import Availability
from insurance_chat.llm.ports import (
    ChatMessage,
    ChatModel,
    ChatRequest,
    Completion,
    InvalidOutput,
    ModelUnavailable,
)

WINDOW: Final = 12  # messages before the unread ones
_REPAIR = (
    "Этот ответ не подходит: {problem}. Верни один объект JSON по схеме, без пояснений и разметки."
)
_PERSONAL = frozenset({"full_name", "address"})  # facts without a form that masking knows


class ModelUnderstanding:
    """One call of a model per turn, checked word by word; the rules in every other case.

    Args:
        rules: answer what is clear without a model, and everything when no model answers.
        model: the pool of keys.
        availability: who has a key, and how the tenant's assistant is set up.
        catalog: flows and slots, to know which slots are the client's own decision.
    """

    def __init__(
        self,
        rules: RulesUnderstanding,
        model: ChatModel,
        availability: Availability,
        catalog: Catalog,
    ) -> None:
        self._rules = rules
        self._model = model
        self._availability = availability
        self._catalog = catalog

    def history_limit(self, tenant_id: int) -> int:
        """A window for tenants that have a model, nothing for the others."""
        return WINDOW if self._availability.usable(tenant_id) else 0

    async def understand(self, turn: TurnInput) -> list[Command]:
        """See the port; never raises on anything that a model or a client writes."""
        ruled, reading = self._rules.read(turn)
        if reading is None or not self._availability.usable(turn.tenant_id):
            return _noted(turn, "rules", ruled)
        if is_clear(reading, ruled):
            return _noted(turn, "shortcut", ruled)
        proposals = await self._ask(turn, reading)
        if proposals is None:
            return _noted(turn, "rules", ruled)
        judge = Judge(reading, ruled, self._catalog)
        taken = judge.commands(proposals.commands)
        if not taken:
            return _noted(turn, "rules", ruled, judge.dropped)
        return _noted(turn, "model", taken, judge.dropped)

    async def _ask(self, turn: TurnInput, reading: Reading) -> Proposals | None:
        request = self._request(turn, reading)
        try:
            return await self._call(turn, request)
        except InvalidOutput as wrong:
            repair = (
                ChatMessage("assistant", wrong.text[: prompt.LONGEST_UNREAD]),
                ChatMessage("user", _REPAIR.format(problem=wrong.problem)),
            )
            request = replace(request, messages=(*request.messages, *repair))
        except ModelUnavailable:
            return None
        try:
            return await self._call(turn, request)
        except ModelUnavailable:
            return None

    def _request(self, turn: TurnInput, reading: Reading) -> ChatRequest:
        profile = self._availability.profile(turn.tenant_id)
        told = [
            reading.text.raw(one.start, one.end) for one in reading.facts if one.kind in _PERSONAL
        ]
        known = (*known_names(turn.state.slots, turn.slots), *_names_in_files(turn))
        return ChatRequest(
            turn.tenant_id,
            prompt.render(turn, scope_of(turn, self._catalog), profile),
            model=profile.model,
            temperature=profile.temperature,
            output=Proposals,
            known=whole_and_parts((*turn.known, *known, *told)),
        )

    async def _call(self, turn: TurnInput, request: ChatRequest) -> Proposals:
        began = time.monotonic()
        try:
            answer = await self._model.complete(request)
            proposals = _parsed(answer)
        except InvalidOutput as wrong:
            _note_call(turn, request.model, began, wrong.why.value, wrong.usage)
            raise
        except ModelUnavailable as failure:
            _note_call(turn, request.model, began, failure.why.value)
            raise
        _note_call(turn, answer.model, began, "ok", answer.usage, answer.tries)
        return proposals


def _names_in_files(turn: TurnInput) -> list[str]:
    """Names and addresses in the files of the turn, as they are written there."""
    found = []
    for message in turn.messages:
        text = Text(message.document)
        facts = collect_facts(text, turn.today) if message.document else []
        found += [text.raw(one.start, one.end) for one in facts if one.kind in _PERSONAL]
    return found


def _parsed(answer: Completion) -> Proposals:
    """The proposals; tools that a model calls although none are on offer are not looked at."""
    parsed = answer.parsed or wire.parse(Proposals, answer)
    assert isinstance(parsed, Proposals)
    return parsed


def _note_call(
    turn: TurnInput, model: str, began: float, outcome: str, usage: Any = None, tries: int = 1
) -> None:
    turn.trace.note(
        "model",
        purpose="understand",
        prompt=prompt.NAME,
        model=model,
        prompt_tokens=getattr(usage, "prompt_tokens", None),
        completion_tokens=getattr(usage, "completion_tokens", None),
        seconds=round(time.monotonic() - began, 3),
        tries=tries,
        outcome=outcome,
    )


def _noted(
    turn: TurnInput, by: str, commands: list[Command], dropped: Sequence[dict[str, Any]] = ()
) -> list[Command]:
    turn.trace.note(
        "understanding",
        by=by,
        commands=[command.model_dump(mode="json") for command in commands],
        dropped=list(dropped),
    )
    return commands
