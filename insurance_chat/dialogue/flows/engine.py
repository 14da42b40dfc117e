"""The flow engine: `(state, commands) → (state, effects)`, and nothing else.

A flow is walked from its top every time. What is known is passed over, so facts may come in any
order; an action runs again when a slot that it reads has changed, so a correction needs no special
case. The engine stops at the first thing that is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from insurance_chat.dialogue.actions import Outcome, Status
from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.effects import Effect, Prompt, RunAction, Say
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.flows.model import Condition, Flow, Step
from insurance_chat.dialogue.flows.repair import (
    apply_command,
    noted,
    out_of_patience,
    together,
    without_overruled,
)
from insurance_chat.dialogue.state import DialogueState, FlowRun

MAX_WALKS = 30


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a walk has stopped.

    Args:
        conversation_state: state of the `/v1` contract that belongs to this place.
        action: what has to be done before the walk can go on, if anything.
    """

    state: DialogueState
    effects: list[Effect]
    conversation_state: str
    action: RunAction | None = None


def advance(
    state: DialogueState, commands: Sequence[Command], catalog: Catalog, new_run_id: str
) -> Progress:
    """Apply what the client wants, then go as far as the flow allows.

    Args:
        new_run_id: name for a run that may start in this turn (given from outside: pure).
    """
    state = state.model_copy(deep=True)
    asked, known, unclear = tuple(state.expects), frozenset(state.slots), state.unclear
    effects: list[Effect] = []
    for number, command in enumerate(without_overruled(commands)):
        effects += apply_command(state, command, catalog, f"{new_run_id}-{number}")
    if not commands and not state.runs:
        waking = (flow.name for flow in catalog.flows.values() if flow.wakes)
        state.runs += [FlowRun(run_id=f"{new_run_id}-{name}", flow=name) for name in waking]
    effects = together(effects) + noted(commands, known, asked, catalog)
    effects += out_of_patience(state, unclear, commands)
    return _walk(state, effects, catalog, asked)


def proceed(
    state: DialogueState,
    done: RunAction,
    outcome: Outcome,
    catalog: Catalog,
    asked: Sequence[str],
) -> Progress:
    """Take in the outcome of an action and go on.

    Args:
        asked: slots that the last reply to the client asked for.
    """
    state = state.model_copy(deep=True)
    run = next((run for run in state.runs if run.run_id == done.run_id), None)
    effects = list(outcome.effects)
    if run is None:
        return _walk(state, effects, catalog, tuple(asked))
    state.slots.update({k: v for k, v in outcome.slots.items() if v is not None})
    for slot in outcome.clear:
        state.slots.pop(slot, None)
        state.heard.pop(slot, None)
    for action in outcome.forget:
        run.done.pop(action, None)
    if outcome.alone:
        state.runs, state.heard = [run], {}
    run.parked = done.action if outcome.status is Status.PARKED else None
    if outcome.status is Status.STOP:
        state.runs.remove(run)
    elif outcome.status is Status.DONE and done.action not in outcome.forget:
        run.done[done.action] = done.fingerprint
    if outcome.status is Status.PARKED:
        step = _step_of(catalog.flows[run.flow], done.action)
        state.expects = list(step.hears)
        return Progress(state, effects, step.state or catalog.flows[run.flow].state)
    return _walk(state, effects, catalog, tuple(asked))


def _step_of(flow: Flow, action: str) -> Step:
    return next(step for step in flow.steps if step.action == action)


def _walk(
    state: DialogueState, effects: list[Effect], catalog: Catalog, asked: tuple[str, ...]
) -> Progress:
    for _ in range(MAX_WALKS):
        run = state.active
        if run is None:
            state.expects = []
            return Progress(state, effects, "qa")
        stopped = _walk_run(state, run, catalog, effects, asked)
        if stopped is not None:
            return stopped
    raise RuntimeError("the flows go round in circles")


def _walk_run(
    state: DialogueState,
    run: FlowRun,
    catalog: Catalog,
    effects: list[Effect],
    asked: tuple[str, ...],
) -> Progress | None:
    flow = catalog.flows[run.flow]
    for step in flow.steps:
        if not applies(step, state.slots):
            continue
        place = step.state or flow.state
        if step.say:
            if step.say not in run.done:
                run.done[step.say] = ""
                effects.append(Say(step.say))
        elif step.action:
            fingerprint = _fingerprint(step, state.slots)
            if run.done.get(step.action) != fingerprint:
                wanted = RunAction(run.run_id, step.action, fingerprint)
                return Progress(state, effects, place, wanted)
        else:
            missing = tuple(slot for slot in step.collect if state.slots.get(slot) is None)
            if missing:
                effects.append(_prompt(step, missing, state, catalog, asked))
                state.expects = [*missing, *step.hears]
                return Progress(state, effects, place)
            if step.stop_if and matches(step.stop_if, state.slots):
                _stop(state, run, step, effects, catalog)
                return None
    state.runs.remove(run)
    return None


def _stop(
    state: DialogueState, run: FlowRun, step: Step, effects: list[Effect], catalog: Catalog
) -> None:
    told = (slot for slot in catalog.flows[run.flow].collects if catalog.slots[slot].sensitive)
    for slot in (*step.stop_if, *told):
        state.slots.pop(slot, None)
        state.heard.pop(slot, None)
    if step.farewell:
        effects.append(Say(step.farewell))
    state.runs.remove(run)


def _prompt(
    step: Step,
    missing: tuple[str, ...],
    state: DialogueState,
    catalog: Catalog,
    asked: tuple[str, ...],
) -> Prompt:
    options_from = catalog.slots[missing[0]].options_from
    options = state.slots.get(options_from, []) if options_from else []
    return Prompt(
        key=step.ask,
        missing=missing,
        partly=len(missing) < len(step.collect),
        again=(*missing, *step.hears) == asked,
        quick_replies=_buttons(step, missing, state),
        offers=tuple(options),
        amounts=_amounts(step, state),
        own_word=step.own_word,
    )


def _amounts(step: Step, state: DialogueState) -> tuple[Decimal, ...]:
    named = state.slots.get(step.price_from) if step.price_from else None
    return (Decimal(named["price"]),) if named else ()


def _buttons(
    step: Step, missing: tuple[str, ...], state: DialogueState
) -> tuple[dict[str, str], ...]:
    if missing[0] != step.collect[0]:
        return ()
    if step.quick_replies_from:
        return tuple(state.slots.get(step.quick_replies_from, ()))
    return step.quick_replies


def applies(step: Step, slots: dict[str, Any]) -> bool:
    """Whether the step's conditions hold."""
    if step.when and not matches(step.when, slots):
        return False
    return not (step.unless and matches(step.unless, slots))


def matches(condition: Condition, slots: dict[str, Any]) -> bool:
    """Every named slot has the named value; `"*"` means any value."""
    return all(
        slots.get(slot) is not None if wanted == "*" else slots.get(slot) == wanted
        for slot, wanted in condition.items()
    )


def _fingerprint(step: Step, slots: dict[str, Any]) -> str:
    inputs = {slot: slots.get(slot) for slot in step.reads}
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
