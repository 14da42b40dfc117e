"""Short-cuts that need neither extractors nor the classifier: a pressed button, «да», «нет»."""

from __future__ import annotations

import re

from insurance_chat.dialogue.commands import (
    Chitchat,
    Command,
    RejectSlot,
    RequestHuman,
    SetSlot,
    StartFlow,
)
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.answers import is_only_answer, phrase_answer
from insurance_chat.dialogue.understanding.view import View

NAMED = "named:"  # `state.offered` when the agent who was asked for is away
_WAIT = re.compile(r"(?<![а-я])(?:подожд|дожд|жду|ждать|только (?:ее|его|с ))")
_OTHER = re.compile(r"(?<![а-я])(?:друг(?:ого|ой|им)|люб(?:ого|ой)|кого угодно|свободн|все равно)")
_BUY = re.compile(r"(?<![а-я])(?:оформл|беру|берем|покупа)")  # «ладно, оформляй» wants the sale


def pressed(view: View) -> list[Command]:
    """A quick reply that repeats an option word for word."""
    for slot in view.asked:
        if slot.type == "choice":
            options = view.options(slot)
            said = view.text.low.strip()
            for option in options:
                if said in {
                    str(option.get("id", "")).lower(),
                    str(option.get("title", "")).lower().replace("ё", "е"),
                } - {""}:
                    return [SetSlot(slot=slot.name, value=option["id"])]
    return []


def agent_choice(view: View) -> list[Command]:
    """The answer to «подождать этого агента или позвать другого?»."""
    offered = str(view.state.offered or "")
    if not offered.startswith(NAMED):
        return []
    if _OTHER.search(view.text.flat):
        return [RequestHuman()]
    if _WAIT.search(view.text.flat) or is_only_answer(view.text):
        return [RequestHuman(name=offered.removeprefix(NAMED), wait=True)]
    return []


def only_answer(view: View) -> list[Command]:
    """A bare yes or no, read by what was asked or offered; nothing for any other words."""
    answer = is_only_answer(view.text)
    if answer is None:
        return []
    boolean = next((slot for slot in view.asked if slot.type == "boolean"), None)
    if boolean and phrase_answer(view.text, boolean.yes, boolean.no) and " " in view.text.flat:
        return []  # «ну я конечно» says more than yes
    if boolean:
        return _asked_boolean(view, boolean, answer)
    if view.state.offered:
        return offer_answer(view, answer)
    if view.asked:
        return _open_question(view, answer)
    return [] if _BUY.search(view.text.flat) else [Chitchat(topic="ack")]


def _asked_boolean(view: View, asked: SlotDefinition, answer: bool) -> list[Command]:
    told = phrase_answer(view.text, asked.yes, asked.no)
    return [SetSlot(slot=asked.name, value=bool(told.value) if told else answer)]


def offer_answer(view: View, answer: bool) -> list[Command]:
    """The answer to a proposal outside of a flow (`state.offered`)."""
    offered = str(view.state.offered)
    if not answer:
        return [Chitchat(topic="ack")]
    if offered == "human":
        return [RequestHuman()]
    if offered in view.turn.flows:
        return [StartFlow(flow=offered)]
    return (
        [SetSlot(slot=offered, value=True)]
        if offered in view.turn.slots
        else [Chitchat(topic="ack")]
    )


def _open_question(view: View, answer: bool) -> list[Command]:
    first = view.asked[0]
    options = view.options(first) if first.type == "choice" else []
    if answer and len(options) == 1:
        return [SetSlot(slot=first.name, value=options[0]["id"])]
    if answer:
        return [Chitchat(topic="ack")]
    return [RejectSlot(slot=first.name, raw=view.text.source.strip(), problem="not_known")]
