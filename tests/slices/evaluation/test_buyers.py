"""Simulated clients: of every product, of both manners, with an answer for everything they are asked."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest

from insurance_chat.insurance.mortgage.questionnaire import wrong_fields
from insurance_chat.insurance.mortgage.types import Risk
from insurance_chat.insurance.products import PRODUCTS, load_catalog
from insurance_chat.main.evaluation.buyers import MAKERS, crowd, titled
from insurance_chat.main.evaluation.failure import Failed
from insurance_chat.main.evaluation.pages import filled
from insurance_chat.main.evaluation.people_mortgage import ELSEWHERE, HEALTHY, borrower

TODAY = date(2026, 11, 21)
AGAIN = {"same_car", "same_mortgage"}  # is asked of who has bought before
OTHERWISE = {  # of a policyholder who is not the owner, of a car that nobody knows
    "policyholder_full_name", "policyholder_birth_date", "policyholder_passport", "policyholder_address",
}  # fmt: skip
URL = "http://service.test/anketa/abc"
PAGE = (
    "<form method='post'><input name='weight' required>"
    "<input type='radio' name='smoker' value='no' required>"
    "<input type='radio' name='smoker' value='yes' required>"
    "<input type='submit' name='send'></form>"
)


def people(count: int = 200) -> list[object]:
    return [who for who, _ in crowd(random.Random(7), TODAY, count)]


def test_every_product_is_bought_in_both_manners() -> None:
    kinds = Counter((who.product, blocks) for who, blocks in crowd(random.Random(1), TODAY, 40))
    assert set(kinds) == {(product, blocks) for product in PRODUCTS for blocks in (True, False)}
    assert set(kinds.values()) == {10}
    few = crowd(random.Random(1), TODAY, len(MAKERS))
    assert {who.product for who, _ in few} == set(PRODUCTS)
    assert {blocks for _, blocks in few} == {True, False}


def test_the_same_seed_brings_the_same_people() -> None:
    assert people(20) == people(20)


def test_the_product_and_the_manner_stand_in_the_title() -> None:
    (_, first), (who, second) = crowd(random.Random(1), TODAY, 2)
    assert (first, second) == (True, False)
    assert titled(2, who, blocks=False) == "клиент 2: Ипотечное страхование, отвечает коротко"


@pytest.mark.parametrize("number", range(len(MAKERS)))
def test_everything_that_a_flow_asks_has_an_answer(number: int) -> None:
    who = MAKERS[number](random.Random(1), TODAY)
    catalog = load_catalog()
    flow = catalog.flows[who.product]
    asked = {catalog.slots[name].shown_as or name for name in flow.collects if name not in AGAIN}
    for answers in (who.answers(), who.terse()):
        assert asked - set(answers) <= (OTHERWISE if who.product == "osago" else set())


def test_borrowers_differ_and_none_of_them_needs_a_person_to_decide() -> None:
    found = [borrower(random.Random(seed), TODAY) for seed in range(300)]
    assert {frozenset(one.risks) for one in found} == {
        frozenset(risks)
        for risks in (
            {Risk.PROPERTY},
            {Risk.LIFE},
            {Risk.TITLE},
            {Risk.PROPERTY, Risk.LIFE},
            set(Risk),
        )
    }
    assert {one.bank for one in found} >= set(ELSEWHERE) | {"Сбер", "ВТБ"}
    assert {one.man for one in found} == {True, False}
    assert {one.name.endswith("на") for one in found if not one.man} == {True}
    assert {one.name.endswith("ич") for one in found if one.man} == {True}
    for one in found:
        assert wrong_fields(one.health) == {}
        assert (one.health["severeDisease"], one.health["disability"]) == ("no", "no")
        assert 22 <= TODAY.year - one.birth.year <= 54


def test_a_form_is_sent_to_the_address_of_its_page() -> None:
    assert filled(URL, PAGE, {"weight": "80", "smoker": "no"}) == (
        URL,
        {"weight": "80", "smoker": "no"},
    )
    away = PAGE.replace("method='post'", "method='post' action='/other'")
    assert filled(URL, away, {"weight": "80", "smoker": "no"})[0] == "http://service.test/other"


@pytest.mark.parametrize(
    ("page", "answers", "reason"),
    [
        ("<p>Ссылка больше не действует</p>", {}, "нет формы"),
        (PAGE, {"smoker": "no"}, "нет ответа: .'weight'"),
        (PAGE, {"smoker": "no", "weight": "80", "height": "180"}, "не спрошено: .'height'"),
        (PAGE, {"smoker": "maybe", "weight": "80"}, "нельзя выбрать maybe"),
    ],
    ids=["no-form", "unanswered", "unasked", "not-offered"],
)
def test_a_form_that_does_not_fit_the_person_is_a_failure(
    page: str, answers: dict[str, str], reason: str
) -> None:
    with pytest.raises(Failed, match=reason):
        filled(URL, page, answers)


def test_healthy_answers_are_good_answers() -> None:
    assert wrong_fields(HEALTHY) == {}
