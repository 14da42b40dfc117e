"""A toy product (buying a cake) that walks through everything the flow engine can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from insurance_chat.dialogue.actions import Outcome, Status
from insurance_chat.dialogue.commands import Command, SetSlot
from insurance_chat.dialogue.effects import Effect, Prompt, Say
from insurance_chat.dialogue.flows.engine import Progress, advance, proceed
from insurance_chat.dialogue.flows.loader import Catalog, build_catalog
from insurance_chat.dialogue.flows.model import Flow
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.state import DialogueState

ToyAction = Callable[[Mapping[str, Any]], Outcome]

SLOTS = {
    name: SlotDefinition(name=name, type=kind, title=title, sensitive=name == "writing")
    for name, kind, title in (
        ("agreed", "boolean", "согласие"),
        ("taste", "make_model", "вкус"),
        ("size", "integer", "размер"),
        ("writing", "full_name", "надпись"),
        ("candles", "integer", "свечи"),
        ("day", "date", "день"),
    )
}
CAKE = Flow.model_validate(
    {
        "name": "cake",
        "title": "заказ торта",
        "forget": ["price"],
        "steps": [
            {
                "collect": ["agreed"],
                "ask": "ask_agreed",
                "stop_if": {"agreed": False},
                "farewell": "refused",
            },
            {"say": "hello"},
            {"collect": ["taste", "size"], "ask": "ask_cake"},
            {"action": "bake", "reads": ["taste", "size"]},
            {"collect": ["writing"], "ask": "ask_writing", "unless": {"taste": "медовик"}},
            {"collect": ["candles"], "ask": "ask_candles", "when": {"writing": "*"}},
            {"action": "deliver", "reads": ["price"], "state": "issuing"},
            {"collect": ["day"], "ask": "ask_day"},
        ],
    }
)
WEATHER = Flow.model_validate(
    {
        "name": "weather",
        "title": "погода",
        "interrupt": True,
        "state": "qa",
        "steps": [{"action": "look_out"}],
    }
)
CATALOG: Catalog = build_catalog([CAKE, WEATHER], SLOTS)


@dataclass
class Bakery:
    """Runs the toy's actions and remembers how often."""

    delivered: bool = True
    calls: list[str] = field(default_factory=list)

    def act(self, name: str, slots: Mapping[str, Any]) -> Outcome:
        self.calls.append(name)
        if name == "bake":
            return Outcome(slots={"price": f"{slots['taste']}-{slots['size']}"})
        if name == "deliver" and not self.delivered:
            return Outcome(status=Status.PARKED, effects=(Say("on_the_way"),))
        return Outcome(effects=(Say("sunny"),) if name == "look_out" else ())


@dataclass
class Toy:
    """One conversation with the toy product."""

    bakery: Bakery = field(default_factory=Bakery)
    state: DialogueState = field(default_factory=DialogueState)
    effects: list[Effect] = field(default_factory=list)
    place: str = "qa"
    turns: int = 0

    def turn(self, *commands: Command) -> Toy:
        """Everything that a turn does, without words."""
        self.turns += 1
        asked = tuple(self.state.expects)
        progress: Progress = advance(self.state, commands, CATALOG, f"run{self.turns}")
        self.effects = list(progress.effects)
        while progress.action is not None:
            wanted = progress.action
            outcome = self.bakery.act(wanted.action, progress.state.slots)
            progress = proceed(progress.state, wanted, outcome, CATALOG, asked)
            self.effects += progress.effects
        self.state, self.place = progress.state, progress.conversation_state
        return self

    def tell(self, **facts: Any) -> Toy:
        """The client states facts."""
        return self.turn(*(SetSlot(slot=name, value=value) for name, value in facts.items()))

    @property
    def prompt(self) -> Prompt | None:
        """The question that the turn ended with."""
        return next((e for e in reversed(self.effects) if isinstance(e, Prompt)), None)

    @property
    def said(self) -> list[str]:
        """Keys of phrases of the turn."""
        return [effect.key for effect in self.effects if isinstance(effect, Say)]


def settled(toy: Toy) -> Sequence[Any]:
    """What must not depend on the order of facts."""
    runs = [(run.flow, run.done, run.parked) for run in toy.state.runs]
    return runs, toy.state.slots, toy.state.expects, toy.place
