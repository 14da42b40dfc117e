"""Words of the form → commands, by the same reading and the same checks as a client's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from insurance_chat.core.clock import moscow_now
from insurance_chat.dialogue.answering.templates import Phrases
from insurance_chat.dialogue.commands import Command, RejectSlot, SetSlot
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.flows.model import Flow
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.dialogue.understanding.ports import ClientMessage, TurnInput, Understanding
from insurance_chat.operators.sales import layout, showing

CLIENT_ONLY = "Это может сказать только клиент: вопрос ему задан в чате."
CONSENT_FIRST = "Сначала нужно согласие клиента на обработку данных. До него данные не сохраняются."
NOT_READ = "Не получилось прочитать. Проверьте и напишите иначе."
NO_OFFER = "Такого предложения нет или у него нет цены. Выберите другое."
_YES_NO = {"да": True, "нет": False}


class Reader(Protocol):
    """What the reading needs of the process."""

    @property
    def understanding(self) -> Understanding:
        """Reads the words."""
        ...

    @property
    def catalog(self) -> Catalog:
        """Flows and slots of all products."""
        ...

    @property
    def phrases(self) -> Phrases:
        """Says what is wrong with a value."""
        ...


async def read_words(
    reader: Reader, state: DialogueState, flow: Flow, words: Mapping[str, str]
) -> tuple[list[Command], dict[str, str]]:
    """Facts that may be stored, and what is wrong with the rest, in Russian by slot.

    Nothing is read before the client has consented, and the client's own words are never taken.
    """
    # An agent may choose among the offers for the client, who confirms the choice.
    own = {name for step in flow.steps if step.own_word for name in step.collect}
    allowed = ({*flow.collects, *layout.BESIDE.values()} - own) | {layout.OFFER}
    agreed = showing.has_agreed(flow, state)
    orders: list[Command] = []
    problems: dict[str, str] = {}
    for slot, text in words.items():
        if slot not in allowed:
            problems[slot] = CLIENT_ONLY
        elif not agreed:
            problems[slot] = CONSENT_FIRST
        elif slot == layout.OFFER and not _is_priced(state, text):
            problems[slot] = NO_OFFER
        else:
            read = await _read_one(reader, state, flow, slot, text)
            if isinstance(read, SetSlot):
                orders.append(read)
            else:
                problems[slot] = _problem(reader, slot, read)
    return orders, problems


def _is_priced(state: DialogueState, text: str) -> bool:
    return any(one.id == text and one.price is not None for one in showing.offers(state.slots))


async def _read_one(
    reader: Reader, state: DialogueState, flow: Flow, slot: str, text: str
) -> SetSlot | RejectSlot | None:
    if slot == layout.OFFER:
        return SetSlot(slot=slot, value=text)
    if reader.catalog.slots[slot].type == "boolean" and text in _YES_NO:
        return SetSlot(slot=slot, value=_YES_NO[text])
    asked = DialogueState(
        runs=[FlowRun(run_id="form", flow=flow.name)], slots=state.slots, expects=[slot]
    )
    turn = TurnInput(
        messages=[ClientMessage("form", text)],
        state=asked,
        flows={},
        slots=reader.catalog.slots,
        now=moscow_now(),
    )
    commands = await reader.understanding.understand(turn)
    found = [one for one in commands if isinstance(one, SetSlot | RejectSlot) and one.slot == slot]
    return next((one for one in found if isinstance(one, SetSlot)), found[0] if found else None)


def _problem(reader: Reader, slot: str, rejected: SetSlot | RejectSlot | None) -> str:
    if not isinstance(rejected, RejectSlot):
        return NOT_READ
    key = f"problem_{rejected.problem}"
    values = {"raw": rejected.raw, "title": reader.catalog.slots[slot].title}
    return reader.phrases.render(key if key in reader.phrases else "problem_other", values)
