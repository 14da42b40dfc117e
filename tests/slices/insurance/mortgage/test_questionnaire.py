"""The link to the questions about health, and what the page refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.errors import ServiceError
from insurance_chat.insurance.mortgage import questionnaire
from insurance_chat.insurance.mortgage.questionnaire import Ticket

CIPHER = Cipher([b"k" * 32])
TICKET = Ticket(1, 2, 3, "web")
GOOD = {
    "heightCm": "180",
    "weightKg": "80,5",
    "smoker": "no",
    "severeDisease": "no",
    "disability": "no",
    "surgery": "yes",
    "bloodPressure": "no",
}


def token(cipher: Cipher = CIPHER, ago: timedelta = timedelta(0)) -> str:
    return questionnaire.link(cipher, "https://x.ru", TICKET, utcnow() - ago).rsplit("/", 1)[1]


def test_a_link_names_its_client_and_shows_nothing_of_them() -> None:
    assert questionnaire.opened(CIPHER, token()) == TICKET


@pytest.mark.parametrize(
    "bad",
    ["", "x", "AAAA", token()[:-4], token(Cipher([b"o" * 32])), token(ago=timedelta(hours=25))],
    ids=["empty", "short", "junk", "cut", "foreign", "over"],
)
def test_a_link_that_is_not_ours_or_is_over_opens_nothing(bad: str) -> None:
    with pytest.raises(ServiceError) as caught:
        questionnaire.opened(CIPHER, bad)
    assert caught.value.code == "link_over"


def test_a_whole_form_is_right() -> None:
    assert questionnaire.wrong_fields(GOOD) == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("heightCm", "18"),
        ("heightCm", "nan"),
        ("weightKg", "много"),
        ("smoker", ""),
        ("severeDisease", "maybe"),
    ],
)
def test_a_wrong_answer_is_named_and_never_repeated(name: str, said: str) -> None:
    wrong = questionnaire.wrong_fields({**GOOD, name: said})
    assert list(wrong) == [name]
    assert not said or said not in wrong[name]
