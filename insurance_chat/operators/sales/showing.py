"""From the state of a dialogue to what stands in the form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from insurance_chat.conversations import privacy
from insurance_chat.dialogue.flows.engine import applies, matches
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.flows.model import Flow, Step
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.insurance.products import slot_shows
from insurance_chat.operators.inbox import masking
from insurance_chat.operators.sales import layout
from insurance_chat.operators.sales.views import (
    Decision,
    DriverLine,
    Field,
    OfferLine,
    Section,
    Stage,
    Word,
)

_PARKED = {
    "request_quotes": Stage.COUNTING,
    "create_draft": Stage.PRICING,
    "ask_health": Stage.ANSWERING,
}
_PAYING = "request_payment"


def run_of(flow: Flow, state: DialogueState) -> FlowRun | None:
    """The run of this flow in the chat, if there is one."""
    return next((run for run in state.runs if run.flow == flow.name), None)


def has_agreed(flow: Flow, state: DialogueState) -> bool:
    """The client has said yes to everything without which the flow ends, the consent above all."""
    gates = [step for step in flow.steps if step.own_word and step.stop_if]
    return all(
        all(state.slots.get(slot) is not None for slot in step.collect)
        and not matches(step.stop_if, state.slots)
        for step in gates
    )


def sections(flow: Flow, state: DialogueState, catalog: Catalog) -> tuple[Section, ...]:
    """Everything that an agent may fill, in the order of the flow; what does not apply is not shown.

    The layout is the same in every state of a flow. A fact that several steps ask for stands at the
    first of them, and a heading that comes again goes on with its first section.
    """
    found: dict[str, dict[str, Field]] = {}
    section: dict[str, Field] = {}
    placed: dict[str, dict[str, Field]] = {}
    for step in flow.steps:
        if not step.collect or step.own_word or layout.MORE_DRIVERS in step.collect:
            continue
        heading = layout.HEADINGS.get(step.collect[0])
        if step.collect[0] not in placed and (heading is not None or not found):
            section = found.setdefault(heading or flow.title, {})
        for name in step.collect:
            place = placed.setdefault(name, section)
            before = place.get(name)
            shown = _is_shown(name, step, state) or (before is not None and before.shown)
            place[name] = _field(catalog.slots[name], state, shown)
            beside = layout.BESIDE.get(name)
            if beside is not None:
                place[beside] = _beside(catalog.slots[beside], name, step, state)
    return tuple(Section(title, tuple(fields.values())) for title, fields in found.items())


def _is_shown(name: str, step: Step, state: DialogueState) -> bool:
    if name in layout.ON_DEMAND:
        return name in state.expects or state.slots.get(name) is not None
    return applies(step, state.slots)


def _beside(slot: SlotDefinition, name: str, step: Step, state: DialogueState) -> Field:
    known = state.slots.get(slot.name)
    if name == "drivers_unlimited":
        open_list = state.slots.get(name) is False and not state.slots.get("drivers")
        return _field(slot, state, open_list)
    wanted = applies(step, state.slots) and state.slots.get(name) is None
    return _field(slot, state, bool(known) or wanted)


def _field(slot: SlotDefinition, state: DialogueState, shown: bool) -> Field:
    value = state.slots.get(slot.name)
    hidden = slot.type in layout.HIDDEN_TYPES
    return Field(
        slot=slot.name,
        title=slot.title,
        type=slot.type,
        value="" if value is None else _words(slot, value),
        hidden=hidden,
        shown=shown,
    )


def _words(slot: SlotDefinition, value: Any) -> str:
    if slot.type == "phone":
        return privacy.mask_phone(str(value))
    if slot.type == "email":
        return privacy.mask_email(str(value))
    if slot.type in layout.HIDDEN_TYPES:
        return masking.shown(slot, value, full=False)
    if isinstance(value, float):
        return f"{value:g}"
    of_product = slot_shows().get(slot.type)
    if of_product is not None and isinstance(value, str):
        return of_product(value)
    return masking.shown(slot, value, full=True)


def decisions(
    flow: Flow, state: DialogueState, catalog: Catalog, *, asks: bool
) -> tuple[Decision, ...]:
    """What only the client may say, in the order of the flow.

    Args:
        asks: the client has been asked and the flow waits for the answer.
    """
    found = []
    for step in flow.steps:
        if step.own_word and applies(step, state.slots):
            found += [
                Decision(name, catalog.slots[name].title, _word(name, state, asks=asks))
                for name in step.collect
                if name != layout.OFFER
            ]
    return tuple(found)


def _word(name: str, state: DialogueState, *, asks: bool) -> Word:
    value = state.slots.get(name)
    if value is not None:
        return Word.YES if value else Word.NO
    if name not in state.expects or not state.runs:
        return Word.LATER
    return Word.ASKED if asks else Word.DUE


def stage(flow: Flow, state: DialogueState) -> Stage:
    """Where the sale stands."""
    run = run_of(flow, state)
    if state.slots.get("policy"):
        return Stage.ISSUED
    if run is None:
        return Stage.NOT_STARTED
    waits = run.parked or ""
    found = next((stage for name, stage in _PARKED.items() if waits.endswith(name)), None)
    if found is not None:
        return found
    if waits.endswith(_PAYING):
        return _payment(state.slots)
    if not has_agreed(flow, state):
        return Stage.CONSENT
    if layout.OFFER in state.expects and "confirm" not in state.expects:
        return Stage.CHOOSING
    return Stage.CONFIRMING if "confirm" in state.expects else Stage.FILLING


def _payment(slots: Mapping[str, Any]) -> Stage:
    told = slots.get("payment_shown")
    if told is None:
        return Stage.LINKING
    return Stage.ISSUING if told == "paid" else Stage.PAYING


def needed(flow: Flow, state: DialogueState, catalog: Catalog) -> tuple[str, ...]:
    """Titles of facts that the flow waits for and the agent may fill."""
    own = {name for step in flow.steps if step.own_word for name in step.collect}
    if run_of(flow, state) is None:
        return ()
    return tuple(
        catalog.slots[name].title
        for name in state.expects
        if name in flow.collects and name not in own and name != layout.MORE_DRIVERS
    )


def drivers(slots: Mapping[str, Any], license_slot: SlotDefinition) -> tuple[DriverLine, ...]:
    """Drivers on the list; empty when anybody may drive."""
    if slots.get("drivers_unlimited") is not False:
        return ()
    return tuple(
        DriverLine(
            name=str(one["full_name"]),
            born=masking.in_words(one["birth_date"]),
            license=masking.shown(license_slot, one["license"], full=False),
            since=masking.in_words(one["experience_start"]),
        )
        for one in slots.get("drivers") or []
    )


def offers(slots: Mapping[str, Any]) -> tuple[OfferLine, ...]:
    """Offers of all insurers, as they came."""
    return tuple(
        OfferLine(
            id=str(card["id"]),
            company=str(card.get("company") or card.get("title") or ""),
            price=Decimal(str(card["price"])) if card.get("price") else None,
            details=str(card.get("details") or ""),
            note=str(card.get("note") or ""),
            chosen=card["id"] == slots.get(layout.OFFER),
        )
        for card in slots.get("offers") or []
    )
