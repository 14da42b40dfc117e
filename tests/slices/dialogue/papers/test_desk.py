"""What was read waits for a yes; what a model found in a document waits as well. Pure."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from insurance_chat.dialogue import heard
from insurance_chat.dialogue.commands import Command, SetSlot, StartFlow
from insurance_chat.dialogue.papers.desk import FileRead, Looked, PaperDesk
from insurance_chat.dialogue.papers.kinds import load_papers
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.insurance.products import (
    load_catalog,
    paper_files,
    slot_readers,
    slot_shows,
)
from tests.support import papers as samples

CATALOG = load_catalog()
DESK = PaperDesk(load_papers(paper_files()), CATALOG, slot_readers(), slot_shows())
TODAY = date(2026, 11, 21)


def selling(flow: str = "osago", **slots: object) -> DialogueState:
    return DialogueState(runs=[FlowRun(run_id="1", flow=flow)], slots=slots)


def look(state: DialogueState, *texts: str) -> Looked:
    return DESK.look([FileRead(uuid4(), text) for text in texts], state, TODAY)


def keys(state: DialogueState, looked: Looked, *commands: Command) -> list[str]:
    return [say.key for say in DESK.propose(state, looked, commands)]


def test_nothing_is_used_before_the_yes_and_everything_after_it() -> None:
    state = selling()
    assert keys(state, look(state, samples.STS)) == []
    assert state.slots == {}
    settled = heard.settle(state, "да", CATALOG.slots, TODAY)
    assert settled is not None
    told = {
        one.slot: one.value for one in DESK.confirmed(state, settled) if isinstance(one, SetSlot)
    }
    assert told["plate"] == "А123ВС196"
    assert told["read_facts"]["vin"] == "XTA219010J0123456"
    assert "owner_full_name" not in told["read_facts"], "people are not kept twice"


def test_a_sign_is_corrected_in_words() -> None:
    state = selling()
    DESK.propose(state, look(state, samples.STS), [])
    assert heard.settle(state, "не 123, а 128", CATALOG.slots, TODAY) is not None
    assert state.heard["plate"] == "А128ВС196"


def test_what_is_known_already_is_not_asked_again() -> None:
    state = selling(plate="А123ВС196")
    text = "Свидетельство о регистрации ТС\nРегистрационный знак А123ВС196"
    assert keys(state, look(state, text)) == ["paper_same"]
    assert state.heard == {}


def test_a_document_that_contradicts_the_words_is_asked_about() -> None:
    state = selling(year=2017)
    keys(state, look(state, samples.STS), SetSlot(slot="plate", value="Е777КХ77"))
    question = DESK.question(state)
    assert question is not None
    shown = {one["title"]: one["before"] for one in question.values["facts"]}
    assert shown["год выпуска"] == "2017"


@pytest.mark.parametrize(
    ("slots", "expects", "role"),
    [
        ({}, [], "owner"),
        ({}, ["policyholder_passport"], "policyholder"),
        ({"owner_full_name": "Петров Пётр Петрович"}, [], "policyholder"),
        ({"owner_full_name": "Иванов Иван Петрович"}, ["policyholder_passport"], "owner"),
    ],
    ids=["nobody-known", "asked", "next-person", "by-name"],
)
def test_a_passport_belongs_to_whom_it_names(
    slots: dict[str, object], expects: list[str], role: str
) -> None:
    state = selling(**slots)
    state.expects = expects
    DESK.propose(state, look(state, samples.PASSPORT + samples.ZONE), [])
    assert state.heard[f"{role}_passport"] == "4510123456"


def test_files_that_say_nothing_are_answered_once_each_way() -> None:
    state = selling()
    files = [FileRead(uuid4(), "", "damaged"), FileRead(uuid4(), "Вот Шарик"), FileRead(uuid4(), samples.AGREEMENT)]  # fmt: skip
    said = keys(state, DESK.look(files, state, TODAY))
    assert said == ["paper_aside", "paper_unread", "paper_unknown"]
    empty = look(state, "Свидетельство о регистрации ТС\nничего")
    assert keys(state, empty) == ["paper_poor"]


def test_out_of_the_blue_the_sale_begins_with_the_yes() -> None:
    state = DialogueState()
    DESK.propose(state, look(state, samples.STATEMENT), [])
    settled = heard.settle(state, "да", CATALOG.slots, TODAY)
    assert settled is not None
    assert DESK.confirmed(state, settled)[0] == StartFlow(flow="mortgage")


def test_a_model_may_see_an_agreement_and_never_a_passport() -> None:
    state = selling("mortgage")
    assert list(look(state, samples.AGREEMENT).texts.values()) != []
    assert not look(state, samples.PASSPORT + samples.ZONE).texts


def test_what_a_model_found_in_a_document_waits() -> None:
    state = selling("mortgage", mortgage_bank="ВТБ")
    found = SetSlot(slot="mortgage_bank", value="Сбер", from_document=True)
    assert DESK.hold(state, [found]) == []
    assert (state.slots["mortgage_bank"], state.heard) == ("ВТБ", {"mortgage_bank": "Сбер"})
    question = DESK.question(state)
    assert question is not None
    assert question.values["facts"] == [{"title": "банк", "value": "Сбер", "before": "ВТБ"}]


def test_no_is_answered_and_forgets() -> None:
    state = selling()
    DESK.propose(state, look(state, samples.STS), [])
    settled = heard.settle(state, "нет", CATALOG.slots, TODAY)
    assert settled is not None
    assert keys(state, Looked(), *settled) == ["read_dropped"]
    assert (state.heard, state.read) == ({}, {})
