"""Numbers of documents that were heard: kept back, confirmed, corrected, forgotten. Pure."""

from __future__ import annotations

from datetime import date

import pytest

from insurance_chat.dialogue import heard
from insurance_chat.dialogue.actions import Outcome
from insurance_chat.dialogue.commands import (
    CancelFlow,
    Chitchat,
    ClearSlot,
    Command,
    SetSlot,
    StartFlow,
)
from insurance_chat.dialogue.effects import RunAction
from insurance_chat.dialogue.flows.engine import proceed
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.insurance.products import load_catalog

CATALOG = load_catalog()
TODAY = date(2026, 11, 21)
PLATE = SetSlot(slot="plate", value="А123ВС77")
YEAR = SetSlot(slot="year", value=2020)


def waiting(**values: object) -> DialogueState:
    return DialogueState(heard=dict(values))


def settle(state: DialogueState, words: str) -> list[Command] | None:
    return heard.settle(state, words, CATALOG.slots, TODAY)


def hold(state: DialogueState, *commands: Command, spoken: bool) -> list[Command]:
    return heard.hold(state, commands, CATALOG.slots, spoken=spoken)


def test_what_was_heard_waits_and_the_rest_is_used() -> None:
    state = DialogueState()
    assert hold(state, StartFlow(flow="osago"), PLATE, YEAR, spoken=True) == [
        StartFlow(flow="osago"),
        YEAR,
    ]
    assert state.heard == {"plate": "А123ВС77"}


def test_what_was_typed_does_not_wait_and_replaces_what_does() -> None:
    state = waiting(plate="Е777КХ77")
    assert hold(state, PLATE, spoken=False) == [PLATE]
    assert state.heard == {}


def test_a_known_value_said_again_needs_no_confirmation() -> None:
    state = DialogueState(slots={"plate": "А123ВС77"})
    assert hold(state, PLATE, spoken=True) == [PLATE]


@pytest.mark.parametrize(
    "command", [CancelFlow(), ClearSlot(slot="plate")], ids=["cancel", "clear"]
)
def test_who_takes_it_back_is_not_asked(command: Command) -> None:
    state = waiting(plate="А123ВС77")
    hold(state, command, spoken=False)
    assert state.heard == {}


def test_only_a_document_said_leaves_a_sign_that_somebody_spoke() -> None:
    assert hold(DialogueState(), PLATE, spoken=True) == [Chitchat(topic="ack")]


@pytest.mark.parametrize(
    "words", ["да", "Верно.", "да, всё верно", "ага", "Правильно!", "так и есть"]
)
def test_yes_uses_what_was_heard(words: str) -> None:
    state = waiting(plate="А123ВС77", vin="Z94CB41BBLR123456")
    assert settle(state, words) == [PLATE, SetSlot(slot="vin", value="Z94CB41BBLR123456")]
    assert state.heard == {}


@pytest.mark.parametrize("words", ["нет", "Неверно.", "нет, не так", "неправильно"])
def test_no_drops_it(words: str) -> None:
    state = waiting(plate="А123ВС77")
    assert settle(state, words) == [Chitchat(topic="ack")]
    assert state.heard == {}


@pytest.mark.parametrize(
    ("slot", "value", "words", "right"),
    [
        ("plate", "А123ВС77", "нет, не эс, а ха", "А123ВХ77"),
        ("plate", "А123ВС77", "не три, а семь", "А127ВС77"),
        ("plate", "А123ВС77", "вместо эс тэ", "А123ВТ77"),
        ("vin", "Z94CB41BBLR123456", "не эл, а икс", "Z94CB41BBXR123456"),
        ("owner_passport", "4510123456", "не 3456, а 3457", "4510123457"),
    ],
)
def test_one_sign_is_put_right(slot: str, value: str, words: str, right: str) -> None:
    state = waiting(**{slot: value})
    assert settle(state, words) == [Chitchat(topic="ack")]
    assert state.heard == {slot: right}


@pytest.mark.parametrize(
    "words",
    [
        "не семь, а восемь",
        "не цэ, а дэ",
        "не эс, а щ",
        "сколько стоит полис?",
        "да, но сначала вопрос",
    ],
    ids=["two sevens", "no such sign", "no letter of plates", "a question", "yes, but"],
)
def test_what_is_not_clear_changes_nothing(words: str) -> None:
    state = waiting(plate="А123ВС77")
    assert settle(state, words) is None
    assert state.heard == {"plate": "А123ВС77"}


def test_nothing_waits_nothing_is_settled() -> None:
    assert settle(DialogueState(), "да") is None


def test_the_question_shows_documents_as_they_look() -> None:
    state = waiting(
        plate="А123ВС77",
        vehicle_document={"type": "sts", "number": "9912345678"},
        owner_passport="4510123456",
    )
    assert heard.question(state, CATALOG.slots).values["values"] == [
        "госномер А123ВС77",
        "документ на машину 9912 345678",
        "паспорт собственника 4510 123456",
    ]


def test_a_forgotten_client_leaves_nothing_that_waits() -> None:
    state = DialogueState(
        runs=[FlowRun(run_id="r", flow="forget_me")], heard={"owner_passport": "4510123456"}
    )
    action = next(step.action for step in CATALOG.flows["forget_me"].steps if step.action)
    done = RunAction("r", action, "f")
    assert proceed(state, done, Outcome(alone=True), CATALOG, ()).state.heard == {}
    one = proceed(state, done, Outcome(clear=("owner_passport",)), CATALOG, ())
    assert one.state.heard == {}


@pytest.mark.parametrize("written", ["дабл ю", "Дабл-ю", "дубль вэ", "двойное вэ"])
def test_a_letter_of_two_words_is_one(written: str) -> None:
    assert heard.readable(f"икс {written} восемь") == "икс даблю восемь"
