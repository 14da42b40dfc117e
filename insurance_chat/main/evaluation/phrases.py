"""Labelled phrases: how often the wish and the facts of a single message are understood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any

from insurance_chat.core.clock import MOSCOW
from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.dialogue.understanding.ports import (
    ClientMessage,
    FlowDescription,
    TurnInput,
    Understanding,
)
from insurance_chat.main.evaluation.matching import same

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=MOSCOW)
SALE = "osago"
#: Wishes that only make sense while something is under way.
_INSIDE = ("cancel", "go_on", "start:explain_price")
#: Inside a sale all of these mean: the same question again.
GO_ON = "go_on"
_GO_ON = ("resume", "repeat", "chitchat:wait", "chitchat:ack")
NOTHING = "unclear"
FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message of a client with what it means; written by the makers of the service.

    Args:
        label: of the wish; empty when only facts count.
        asked: slots that the assistant had just asked for.
        facts: slots that it must set.
    """

    says: str
    label: str = ""
    asked: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Miss:
    """A phrase that was understood otherwise."""

    says: str
    wanted: str
    got: str


@dataclass(slots=True)
class Phrases:
    """Results: right and all by class, and what was taken for what.

    Args:
        intents, slots: class → (right, all).
        confusion: (wanted label, found label) → how often.
        invented: facts that were set and are not in the message.
    """

    intents: dict[str, tuple[int, int]] = field(default_factory=dict)
    slots: dict[str, tuple[int, int]] = field(default_factory=dict)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)
    invented: int = 0

    @staticmethod
    def share(classes: Mapping[str, tuple[int, int]]) -> float | None:
        """Right ones of all."""
        count = sum(total for _, total in classes.values())
        return sum(good for good, _ in classes.values()) / count if count else None


def labelled() -> list[Labelled]:
    """The phrases that come with the product: wishes, then facts."""
    folder = resources.files(__package__ or "").joinpath("data")
    intents = read_yaml(folder.joinpath("intents.yml"))
    facts = read_yaml(folder.joinpath("facts.yml"))
    found = [
        Labelled(says, GO_ON if label in _GO_ON else label)
        for label, group in intents.items()
        for says in group
    ]
    return found + [
        Labelled(one["says"], "", tuple(one.get("asked") or ()), one["facts"]) for one in facts
    ]


async def judge(
    understanding: Understanding, catalog: Catalog, tenant_id: int, phrases: Sequence[Labelled]
) -> Phrases:
    """Let an understanding read every phrase by itself.

    Args:
        tenant_id: whose keys of models are used.
    """
    result = Phrases()
    right: dict[str, Counter[bool]] = defaultdict(Counter)
    facts: dict[str, Counter[bool]] = defaultdict(Counter)
    for phrase in phrases:
        commands = await understanding.understand(_turn(catalog, tenant_id, phrase))
        if phrase.label:
            got = label_of(commands)
            right[phrase.label][got == phrase.label] += 1
            result.confusion[(phrase.label, got)] += 1
            if got != phrase.label:
                result.misses.append(Miss(phrase.says, phrase.label, got))
        else:
            _judge_facts(phrase, commands, facts, result)
    result.intents = {label: (found[True], found.total()) for label, found in right.items()}
    result.slots = {slot: (found[True], found.total()) for slot, found in facts.items()}
    return result


def _judge_facts(
    phrase: Labelled, commands: Sequence[Command], facts: dict[str, Counter[bool]], result: Phrases
) -> None:
    told = {one.slot: one.value for one in commands if one.type == "set_slot"}
    for slot, value in phrase.facts.items():
        good = slot in told and same(value, told[slot])
        facts[slot][good] += 1
        if not good:
            got = f"{slot} = {told[slot]}" if slot in told else "не записано"
            result.misses.append(Miss(phrase.says, f"{slot} = {value}", got))
    result.invented += len(told.keys() - phrase.facts.keys())


def label_of(commands: Sequence[Command]) -> str:
    """The label of what was understood; the strongest wish when there are several."""
    labels = [_label(one) for one in commands]
    strong = [one for one in labels if one not in (FACTS, NOTHING) and "chitchat" not in one]
    return next(iter(strong or [one for one in labels if one != NOTHING] or [NOTHING]))


def _label(command: Command) -> str:
    kind = command.type
    if command.type == "start_flow":
        return f"start:{command.flow}"
    if command.type == "chitchat":
        label = f"chitchat:{command.topic}"
        return GO_ON if label in _GO_ON or command.topic in _GO_ON else label
    if command.type == "set_preference":
        return "voice_on" if command.value else "voice_off"
    names = {
        "request_human": "human",
        "cancel_flow": "cancel",
        "report_inaccuracy": "inaccuracy",
        "ask_question": "question",
        "unclear": NOTHING,
    }
    return names.get(kind, FACTS)


def _sale_of(asked: Sequence[str], catalog: Catalog) -> str:
    """The sale in which these slots are asked for; a slot that all sales share belongs to the first."""
    sales = [SALE, *(flow.name for flow in catalog.flows.values() if not flow.interrupt)]
    fits = (name for name in sales if set(asked) <= set(catalog.flows[name].collects))
    return next(fits, SALE)


def _turn(catalog: Catalog, tenant_id: int, phrase: Labelled) -> TurnInput:
    inside = phrase.label in _INSIDE or not phrase.label
    runs = [FlowRun(run_id="r1", flow=_sale_of(phrase.asked, catalog))] if inside else []
    asked = list(phrase.asked) or (["plate"] if inside and phrase.label else [])
    slots = {"consent": True} if inside else {}
    flows = {
        flow.name: FlowDescription(
            flow.name, flow.title, flow.description, (*flow.collects, *flow.hears)
        )
        for flow in catalog.flows.values()
        if flow.offered
    }
    return TurnInput(
        messages=[ClientMessage("1", phrase.says)],
        state=DialogueState(runs=runs, slots=slots, expects=asked),
        flows=flows,
        slots=catalog.slots,
        now=NOW,
        tenant_id=tenant_id,
    )
