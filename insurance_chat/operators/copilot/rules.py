"""Writes drafts without a model: quotes the passages, changes tone and words by lists, keeps facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import lru_cache

from insurance_chat.dialogue.answering.sentences import sentence_spans
from insurance_chat.operators.copilot.facts import lost
from insurance_chat.operators.copilot.letter import (
    Letter,
    greeting_for,
    read_letter,
    signed_by,
)
from insurance_chat.operators.copilot.phrases import phrases, tone
from insurance_chat.operators.copilot.ports import Brief, Style, Task
from insurance_chat.operators.copilot.restyle import (
    headed,
    lengthen,
    rephrase,
    retone,
    shorten,
    tidy,
)

MOST_VARIANTS = 3


class RulesWriter:
    """The writer that works without a language model."""

    def variants(self, brief: Brief) -> int:
        """How many different texts the rules make of the same material."""
        return len(_texts(brief))

    async def write(self, brief: Brief, variant: int) -> AsyncIterator[str]:
        """The text, sentence by sentence, as it will be shown."""
        texts = _texts(brief)
        if not texts:
            return
        text = texts[variant % len(texts)]
        begin = 0
        for _, end in sentence_spans(text):
            yield text[begin:end]
            begin = end


@lru_cache(maxsize=256)
def _texts(brief: Brief) -> tuple[str, ...]:
    base = base_of(brief)
    if not base.text:
        return ()
    texts = [_compose(brief, base, number) for number in range(MOST_VARIANTS)]
    return tuple(dict.fromkeys(texts))


def base_of(brief: Brief) -> Letter:
    """What a draft is made from: the passages, or the agent's text taken apart."""
    if brief.task is Task.WRITE:
        return read_letter(tidy(brief.words))
    if brief.task is Task.CHANGE:
        return read_letter(brief.words)
    unique = {passage.quote: passage for passage in brief.passages}
    if len(unique) > 1:
        # Several questions are answered: each answer says to which one it belongs.
        return Letter(body="\n\n".join(headed(one, quote) for quote, one in unique.items()))
    return Letter(body="".join(unique))


def _compose(brief: Brief, base: Letter, number: int) -> str:
    body = base.body
    if Style.LONG in brief.styles:
        body = lengthen(body, (*brief.passages, *brief.more))
    whole = body
    way = way_of(brief, number)
    if way:
        body = rephrase(body, way)
    if Style.SHORT in brief.styles:
        body = shorten(body)
    for style in brief.styles:
        if style in (Style.FORMAL, Style.WARM):
            body = retone(body, style.value)
    if not body or lost(whole, body):
        body = whole
    return framed(brief, base, body, way).text


def way_of(brief: Brief, number: int) -> int:
    """Which choice of words a variant has; 0 is the usual one."""
    return number + (1 if Style.OTHER in brief.styles else 0)


def framed(brief: Brief, base: Letter, body: str, way: int) -> Letter:
    """Put the frame of the wished tone around a text, and after an answer what the sale waits for.

    What the agent had stays unless it is replaced.
    """
    if brief.task is Task.ANSWER and brief.still_needed:
        needed = f"{phrases()['still_needed']} {', '.join(brief.still_needed)}."
        body = f"{body}\n\n{needed}"
    letter = replace(base, body=body, greeting=_greeting(brief, base))
    openers, closings = phrases()["openers"], phrases()["closings"]
    if Style.FORMAL in brief.styles:
        opener = openers["formal"][(way - 1) % len(openers["formal"])] if way else ""
        letter = replace(letter, opener=opener, closing=signed_by(brief.signature))
    elif Style.WARM in brief.styles:
        letter = replace(
            letter,
            opener=openers["warm"][way % len(openers["warm"])],
            closing=closings["warm"][way % len(closings["warm"])],
        )
    elif way and brief.task is Task.ANSWER:
        letter = replace(letter, opener=openers["plain"][(way - 1) % len(openers["plain"])])
    elif way and brief.task is Task.WRITE:
        letter = replace(letter, closing=closings["warm"][(way - 1) % len(closings["warm"])])
    if Style.SHORT in brief.styles:
        formal = Style.FORMAL in brief.styles
        letter = replace(letter, opener="", closing=letter.closing if formal else "")
    return letter


def _greeting(brief: Brief, base: Letter) -> str:
    if base.greeting:
        formal = Style.FORMAL in brief.styles
        return tone("formal").put(base.greeting) if formal else base.greeting
    if not (brief.greet or Style.FORMAL in brief.styles):
        return ""
    if brief.task is Task.CHANGE and Style.FORMAL not in brief.styles:
        return ""
    return greeting_for(brief.client_name)
