"""One understanding for all tests of this folder: the phrases and slots that the product ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import insurance_chat
from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.slot_catalog import load_slots
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.dialogue.understanding.intents import load_phrases
from insurance_chat.dialogue.understanding.ports import ClientMessage, FlowDescription, TurnInput
from insurance_chat.dialogue.understanding.rules import GENERAL_PHRASES, RulesUnderstanding
from insurance_chat.insurance.products import load_catalog, slot_readers

INSURANCE = Path(insurance_chat.__file__).parent / "insurance"
PHRASES = [
    GENERAL_PHRASES,
    INSURANCE / "osago" / "phrases.yml",
    INSURANCE / "mortgage" / "phrases.yml",
    INSURANCE / "phrases.yml",
]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=ZoneInfo("Europe/Moscow"))
ESTIMATE = (
    "make_model", "year", "power_hp", "region", "drivers_unlimited", "period_months",
    "driver_birth_date", "driver_experience_start",
)  # fmt: skip


class Client:
    """Writes messages in a given state and gets the commands back."""

    def __init__(self) -> None:
        self.examples = load_phrases(PHRASES)
        self.understanding = RulesUnderstanding(self.examples, readers=slot_readers())
        self.understanding.warm_up()
        osago = load_slots(INSURANCE / "osago" / "slots.yml")
        catalog = load_catalog()
        self.slots = catalog.slots
        collected = {
            "osago": tuple(osago),
            "osago_estimate": ESTIMATE,
            "mortgage": catalog.flows["mortgage"].collects,
        }
        names = ["osago", *(label[6:] for label in self.examples if label.startswith("start:"))]
        self.flows = {
            name: FlowDescription(
                name=name, title=name, description="", collects=collected.get(name, ())
            )
            for name in names
        }

    async def says(
        self,
        *messages: str,
        asked: Sequence[str] = (),
        flow: str | None = "osago",
        known: dict[str, Any] | None = None,
        offered: str | None = None,
    ) -> list[Command]:
        runs = [FlowRun(run_id="r1", flow=flow)] if flow else []
        state = DialogueState(runs=runs, slots=known or {}, expects=list(asked), offered=offered)
        unread = [ClientMessage(id=str(number), text=text) for number, text in enumerate(messages)]
        turn = TurnInput(messages=unread, state=state, flows=self.flows, slots=self.slots, now=NOW)
        return await self.understanding.understand(turn)


def facts(commands: Sequence[Command]) -> dict[str, Any]:
    """The slots that the commands set."""
    return {command.slot: command.value for command in commands if command.type == "set_slot"}


def problems(commands: Sequence[Command]) -> dict[str, str]:
    """The slots that the commands reject, with the reason."""
    return {command.slot: command.problem for command in commands if command.type == "reject_slot"}


def flows(commands: Sequence[Command]) -> list[str]:
    """The flows that the commands start."""
    return [command.flow for command in commands if command.type == "start_flow"]


def kinds(commands: Sequence[Command]) -> list[str]:
    """Types of the commands in order."""
    return [command.type for command in commands]


class Look:
    """Short views of commands, so that a test reads as one line."""

    facts = staticmethod(facts)
    problems = staticmethod(problems)
    flows = staticmethod(flows)
    kinds = staticmethod(kinds)


@pytest.fixture(scope="session")
def client() -> Client:
    return Client()


@pytest.fixture(scope="session")
def look() -> type[Look]:
    return Look


@pytest.fixture(scope="session")
def says(client: Client) -> Callable[..., Any]:
    return client.says
