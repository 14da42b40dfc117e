"""What stored updates mean: numbers, starts, edits and deletions before anybody has read."""

from __future__ import annotations

import pytest

from insurance_chat.channels.ports import Deleted, Edited, Incoming, Person
from insurance_chat.channels.reading import GREETING, Item, pressed_at, settled, words_of
from insurance_chat.channels.types import StoredUpdate

OFFERED = [["Да", "согласен"], ["Нет", "отказываюсь"]]


def said(text: str, number: str = "m1") -> Incoming:
    return Incoming("c", Person("p"), number, text)


def item(happening: Incoming | Edited | Deleted, key: str = "k", place: int = 0) -> Item:
    return Item(StoredUpdate(1, key, 0, False, 0.0, None, {}), place, happening)


@pytest.mark.parametrize("text", ["2", " 2. ", "2)", "№2", "№ 2"])
def test_a_bare_number_is_the_choice(text: str) -> None:
    assert words_of(said(text), OFFERED) == ("отказываюсь", {"pressed": "Нет"})


@pytest.mark.parametrize("text", ["3", "0", "2 водителя", "22", "два"])
def test_other_numbers_are_words(text: str) -> None:
    assert words_of(said(text), OFFERED) == (text, {})


@pytest.mark.parametrize("text", ["/start", "/start@our_bot"])
def test_the_first_press_in_a_messenger_is_a_greeting(text: str) -> None:
    assert words_of(said(text), None) == (GREETING, {})


@pytest.mark.parametrize("pressed", ["", "7", "7.", ".1", "a.1", "7.x", "٧.1", "7.1.2"])
def test_a_payload_that_is_not_ours_presses_nothing(pressed: str) -> None:
    assert pressed_at(pressed) is None


def test_a_payload_names_line_and_choice() -> None:
    assert pressed_at("17.3") == (17, 3)


def test_an_unread_message_is_read_in_its_last_words() -> None:
    items = [item(said("А")), item(said("Б", "m2")), item(Edited("c", "m1", "В"))]
    left = settled(items)
    assert [one.happening.text for one in left if isinstance(one.happening, Incoming)] == ["В", "Б"]
    assert [one.edited for one in left] == [True, False]


def test_deletions_of_older_messages_are_kept() -> None:
    left = settled([item(said("А")), item(Deleted("c", ("m1", "old")))])
    assert [one.happening for one in left] == [Deleted("c", ("old",))]


def test_keys_of_lines_are_stable_and_fit_the_column() -> None:
    assert item(said("А"), "u5").key == "in:u5"
    assert item(said("А"), "u5", 2).key == "in:u5:2"
    long = item(said("А"), "x" * 190).key
    assert long == item(said("Б"), "x" * 190).key
    assert len(long) <= 120
    assert long != item(said("А"), "x" * 190, 1).key
