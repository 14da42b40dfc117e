"""Answers in a model's words, streamed, each sentence proved before it is shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from insurance_chat.dialogue.answering.grounded import NOTHING, Answer, Near
from insurance_chat.dialogue.answering.model import prompt
from insurance_chat.dialogue.answering.model.stream import UnitReader
from insurance_chat.dialogue.answering.model.telling import Telling
from insurance_chat.dialogue.answering.ports import Asking
from insurance_chat.dialogue.answering.quotation import QuotingAnswerer
from insurance_chat.llm.availability import Availability
from insurance_chat.llm.ports import ChatModel, ChatRequest, Delta, ModelUnavailable, Usage

MOST_TRIES = 2
LONGEST_SECONDS = 45.0  # for all tries together; a model that drips does not hold a turn


@dataclass(slots=True)
class _Call:
    """What the trace tells of one stream."""

    began: float
    outcome: str = "ok"
    usage: Usage | None = None
    model: str = ""
    written: str = ""


class ModelAnswerer:
    """Lets a model answer from the passages that were found, and believes it nothing.

    Without passages the model is not asked. When it does not answer, or what it says is not proved,
    the client gets the quotation that the rules assistant would have given.

    Args:
        quoting: finds passages, and answers when the model does not.
        model: the pool of keys.
        availability: who has a key, and how the tenant's assistant speaks.
    """

    def __init__(
        self, quoting: QuotingAnswerer, model: ChatModel, availability: Availability
    ) -> None:
        self._quoting = quoting
        self._model = model
        self._availability = availability

    async def answer_within(self, asking: Asking, companies: tuple[str, ...] | None) -> Answer:
        """See the port `Within`; never raises on anything that a model writes."""
        if not self._availability.usable(asking.tenant_id):
            return await self._quoting.answer_within(asking, companies)
        near = await self._quoting.look(asking, companies)
        if near is None:
            asking.trace.note("answer", by="rules", confident=False)
            return NOTHING
        telling = Telling(asking, prompt.sources_of(near))
        if telling.sources:
            await self._tell(telling)
        return self._outcome(telling, near)

    def _outcome(self, telling: Telling, near: Near) -> Answer:
        if telling.text:
            answer, by = telling.answer(), "model"
        elif telling.unknown:
            answer, by = NOTHING, "model"
        else:
            answer, by = replace(near.answer, fault=telling.fault()), "rules"
        telling.asking.trace.note("answer", by=by, confident=answer.confident)
        return answer

    async def _tell(self, telling: Telling) -> None:
        asking = telling.asking
        profile = self._availability.profile(asking.tenant_id)
        request = ChatRequest(
            asking.tenant_id,
            prompt.render(asking, telling.sources, profile),
            model=profile.model,
            temperature=profile.temperature,
            known=asking.known,
        )
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                for _ in range(MOST_TRIES):
                    call = await self._listen(telling, request)
                    if call.outcome != "ok" or telling.unknown or telling.text:
                        return
                    why = telling.begin_again()
                    more = prompt.repair(call.written, why)
                    request = replace(request, messages=(*request.messages, *more))
        except TimeoutError:
            asking.trace.note("check", sentence="", ok=False, why="модель отвечала слишком долго")

    async def _listen(self, telling: Telling, request: ChatRequest) -> _Call:
        """One stream, read until its end or until its first bad sentence."""
        call = _Call(time.monotonic(), model=request.model)
        try:
            await self._read(telling, request, call)
        except ModelUnavailable as failure:
            call.outcome = failure.why.value
        finally:
            self._note(telling.asking, call)
        return call

    async def _read(self, telling: Telling, request: ChatRequest, call: _Call) -> None:
        reader = UnitReader()
        # The model's stream is an asynchronous generator; closing it stops the request.
        stream = cast("aclosing[AsyncIterator[Delta]]", aclosing(self._model.stream(request)))  # type: ignore[type-var]
        async with stream as pieces:
            async for piece in pieces:
                call.usage, call.model = piece.usage or call.usage, piece.model or call.model
                call.written += piece.text
                for unit in reader.feed(piece.text):
                    telling.take(unit)
                    if telling.ended:
                        return
        for unit in reader.end():
            telling.take(unit)
            if telling.ended:
                return

    def _note(self, asking: Asking, call: _Call) -> None:
        asking.trace.note(
            "model",
            purpose="answer",
            prompt=prompt.NAME,
            model=call.model,
            prompt_tokens=call.usage.prompt_tokens if call.usage else None,
            completion_tokens=call.usage.completion_tokens if call.usage else None,
            seconds=round(time.monotonic() - call.began, 3),
            tries=1,
            outcome=call.outcome,
        )
