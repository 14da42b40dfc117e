"""What each command does to the state: start, correct, cancel, digress, clarify. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from insurance_chat.dialogue.commands import (
    AskQuestion,
    CancelFlow,
    Chitchat,
    ClearSlot,
    Command,
    RejectSlot,
    ReportInaccuracy,
    RequestHuman,
    SetPreference,
    SetSlot,
    StartFlow,
    Unclear,
)
from insurance_chat.dialogue.effects import (
    Answer,
    Effect,
    Handover,
    Prefer,
    RaiseIncident,
    Say,
)
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.state import DialogueState, FlowRun

MAX_UNCLEAR = 2
ANGER = "abuse"
HUMAN_BUTTON = {"title": "Позвать агента", "value": "позовите агента"}
OFFERS_HELP = ("greeting", "capabilities", "who_are_you", "how_are_you")


def without_overruled(commands: Sequence[Command]) -> list[Command]:
    """Leave out a cancellation by a client who in the same breath says what they want instead."""
    if any(isinstance(command, SetSlot | StartFlow) for command in commands):
        return [command for command in commands if not isinstance(command, CancelFlow)]
    return list(commands)


def noted(
    commands: Sequence[Command], known: Collection[str], asked: Sequence[str], catalog: Catalog
) -> list[Effect]:
    """A client who states other facts than those asked for learns that they were heard."""
    facts = [command for command in commands if isinstance(command, SetSlot)]
    if not asked or any(fact.slot in asked for fact in facts):
        return []
    if not all(catalog.slots[slot].volunteer for slot in asked if slot in catalog.slots):
        return []  # a decision is awaited, a consent above all: nothing else is promised before it
    titles = [
        catalog.slots[fact.slot].title
        for fact in facts
        if fact.slot in catalog.slots
        and fact.slot not in known
        and not isinstance(fact.value, bool)
    ]
    return [Say("slots_noted", {"titles": titles})] if titles else []


def apply_command(
    state: DialogueState, command: Command, catalog: Catalog, run_id: str
) -> list[Effect]:
    """Change the state in place as the client wishes; returns what to say or do about it."""
    if not isinstance(command, Unclear):
        state.unclear = 0
    state.offered = None
    return _HANDLERS[type(command)](state, command, catalog, run_id)


def _set_slot(
    state: DialogueState, command: SetSlot, catalog: Catalog, _run_id: str
) -> list[Effect]:
    old = state.slots.get(command.slot)
    state.slots[command.slot] = command.value
    definition = catalog.slots.get(command.slot)
    asked = command.slot in state.expects
    if old is None or old == command.value or asked or definition is None:
        return []
    if isinstance(command.value, bool) or definition.type == "choice":
        return []
    if all(catalog.flows[run.flow].interrupt for run in state.runs):
        return []
    return [Say("slot_corrected", {"titles": [definition.title]})]


def together(effects: Sequence[Effect]) -> list[Effect]:
    """Several corrections of one message are confirmed in one sentence."""
    corrected = [e for e in effects if isinstance(e, Say) and e.key == "slot_corrected"]
    if len(corrected) < 2:
        return list(effects)
    titles = [title for say in corrected for title in say.values["titles"]]
    rest = [effect for effect in effects if effect not in corrected]
    return [Say("slot_corrected", {"titles": titles}), *rest]


def out_of_patience(
    state: DialogueState, unclear: int, commands: Sequence[Command]
) -> list[Effect]:
    """A client whose answer is refused again and again is offered a human.

    Args:
        unclear: failures in a row before this turn.
    """
    if not commands or not all(isinstance(command, RejectSlot) for command in commands):
        return []
    state.unclear = unclear + 1
    if state.unclear <= MAX_UNCLEAR:
        return []
    state.offered = "human"
    return [Say("refused_offer_human", quick_replies=(HUMAN_BUTTON,))]


def _reject_slot(
    _state: DialogueState, command: RejectSlot, catalog: Catalog, _run_id: str
) -> list[Effect]:
    definition = catalog.slots.get(command.slot)
    title = definition.title if definition is not None else command.slot
    return [Say(f"problem_{command.problem}", {"raw": command.raw, "title": title})]


def _clear_slot(
    state: DialogueState, command: ClearSlot, _catalog: Catalog, _run_id: str
) -> list[Effect]:
    state.slots.pop(command.slot, None)
    return []


def _start_flow(
    state: DialogueState, command: StartFlow, catalog: Catalog, run_id: str
) -> list[Effect]:
    flow = catalog.flows.get(command.flow)
    if flow is None:
        return []
    if any(run.flow == flow.name for run in state.runs):
        return []
    if not flow.interrupt:
        state.runs.clear()
    for slot in flow.forget:
        state.slots.pop(slot, None)
    state.runs.append(FlowRun(run_id=run_id, flow=flow.name))
    return []


def _cancel_flow(
    state: DialogueState, _command: CancelFlow, catalog: Catalog, run_id: str
) -> list[Effect]:
    run = state.active
    if run is None:
        return [Say("nothing_to_cancel")]
    flow = catalog.flows[run.flow]
    if not flow.cancel:
        return [Say("cannot_cancel")]
    state.runs.remove(run)
    for slot in flow.forget:
        state.slots.pop(slot, None)
    if flow.on_cancel:
        state.runs.append(FlowRun(run_id=run_id, flow=flow.on_cancel))
    return [Say("flow_cancelled", {"title": flow.title})]


def _answer(
    _state: DialogueState, command: AskQuestion, _catalog: Catalog, _run_id: str
) -> list[Effect]:
    return [Answer(command.text, command.search)]


def _chitchat(
    state: DialogueState, command: Chitchat, catalog: Catalog, run_id: str
) -> list[Effect]:
    if command.topic == ANGER:
        # Somebody who swears at a machine is better off with a human.
        state.offered = "human"
        return [Say("chitchat_abuse", quick_replies=(HUMAN_BUTTON,))]
    if state.runs:
        again = command.topic == "greeting"
        return [Say("chitchat_greeting_again" if again else f"chitchat_{command.topic}")]
    welcoming = [flow.name for flow in catalog.flows.values() if flow.welcomes]
    if command.topic == "greeting" and welcoming:
        state.runs += [FlowRun(run_id=f"{run_id}-{name}", flow=name) for name in welcoming]
        return []
    offers = command.topic in OFFERS_HELP
    return [Say(f"chitchat_{command.topic}", quick_replies=buttons(catalog) if offers else ())]


def buttons(catalog: Catalog) -> tuple[dict[str, str], ...]:
    """What the assistant offers to do, sales first."""
    flows = sorted(catalog.flows.values(), key=lambda flow: flow.interrupt)
    return tuple(flow.button for flow in flows if flow.button is not None)


def _human(
    _state: DialogueState, command: RequestHuman, _catalog: Catalog, _run_id: str
) -> list[Effect]:
    return [Handover(command.reason, command.name, command.wait)]


def _inaccuracy(
    _state: DialogueState, command: ReportInaccuracy, _catalog: Catalog, _run_id: str
) -> list[Effect]:
    return [RaiseIncident("ai_inaccuracy", {"comment": command.text}), Say("inaccuracy_reported")]


def _preference(
    _state: DialogueState, command: SetPreference, _catalog: Catalog, _run_id: str
) -> list[Effect]:
    return [
        Prefer(command.name, command.value),
        Say(f"preference_{command.name}", {"on": command.value}),
    ]


def _unclear(
    state: DialogueState, _command: Unclear, catalog: Catalog, _run_id: str
) -> list[Effect]:
    state.unclear += 1
    if state.unclear >= MAX_UNCLEAR:
        state.offered = "human"
        return [Say("unclear_offer_human", quick_replies=(HUMAN_BUTTON,))]
    if state.expects:
        return [Say("unclear_step")]
    return [Say("unclear", quick_replies=buttons(catalog))]


_HANDLERS: dict[type, Callable[[DialogueState, Any, Catalog, str], list[Effect]]] = {
    SetSlot: _set_slot,
    RejectSlot: _reject_slot,
    ClearSlot: _clear_slot,
    StartFlow: _start_flow,
    CancelFlow: _cancel_flow,
    AskQuestion: _answer,
    Chitchat: _chitchat,
    RequestHuman: _human,
    ReportInaccuracy: _inaccuracy,
    SetPreference: _preference,
    Unclear: _unclear,
}
