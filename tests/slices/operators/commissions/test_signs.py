"""What in a chat is a sign of a sale outside the service, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.operators.commissions.signs.patterns import find_signs
from insurance_chat.operators.commissions.types import Sign

PAID, ISSUED, NUMBER = Sign.PAYMENT_MADE, Sign.POLICY_ISSUED, Sign.POLICY_NUMBER

STATED = [
    ("Оплатила", PAID),
    ("я оплатил, проверьте", PAID),
    ("Всё, оплачено!", PAID),
    ("Деньги перевёл вам на карту", PAID),
    ("перевела 7 500 рублей", PAID),
    ("Только что скинула деньги на сбер", PAID),
    ("Отправила оплату по номеру", PAID),
    ("Деньги пришли, спасибо", PAID),
    ("Оплата прошла", PAID),
    ("Получил от вас оплату, оформляю", PAID),
    ("Перевод дошёл", PAID),
    ("заплатили вчера наличными", PAID),
    ("Вот чек об оплате", PAID),
    ("предоплату внесла", PAID),
    ("Полис оформили, спасибо!", ISSUED),
    ("Оформила вам полис в Ренессансе", ISSUED),
    ("Полис готов", ISSUED),
    ("Ваш полис уже оформлен", ISSUED),
    ("осаго сделали", ISSUED),
    ("Отправил вам полис на почту", ISSUED),
    ("Страховка пришла на почту", ISSUED),
    ("получила полис, всё верно", ISSUED),
    ("Выписал договор", ISSUED),
    ("Номер полиса ХХХ 0123456789", NUMBER),
    ("XXX0123456789", NUMBER),
    ("ваш ТТТ № 7012345678", NUMBER),
]
NOT_STATED = [
    "Ещё не оплатила",
    "не оплачивал пока",
    "Вы оплатили?",
    "Как только оплатите, оформлю полис",
    "Если оплатил, пришлите чек",
    "Оплачу вечером",
    "Сколько стоит полис?",
    "Хочу оформить полис",
    "Полис будет готов через час",
    "Когда полис оформили?",
    "В прошлом году оплатила 6000",
    "год назад оформляли полис у вас",
    "Раньше полис сделали дороже",
    "перевёл вас на другого агента",
    "Старый полис ХХХ 0123456789",
    "Действующий полис ХХХ 0123456789 заканчивается",
    "Номер СТС 99 12 345678",
    "VIN XTA21099043576182",
    "А123ВС77",
    "Можно оплатить картой",
    "Давайте оформим полис",
    "Спасибо, до свидания",
    "Полис нужно было оформить вчера",
    "Чтобы полис пришёл на почту, дайте адрес",
    "деньги не пришли",
    "Осталось оплатить полис",
    "Позвоните мне +7 916 123-45-67",
    "",
]


@pytest.mark.parametrize(("text", "sign"), STATED)
def test_a_stated_fact_is_a_sign(text: str, sign: Sign) -> None:
    assert sign in {one.sign for one in find_signs(text)}


@pytest.mark.parametrize("text", NOT_STATED)
def test_a_wish_a_question_and_the_past_are_not(text: str) -> None:
    assert find_signs(text) == []


@pytest.mark.parametrize("answer", ["Да", "да, только что", "Ага, всё", "Уже", "готово"])
def test_yes_to_the_agents_question_is_a_fact(answer: str) -> None:
    assert [one.sign for one in find_signs(answer, "Добрый день! Вы оплатили?")] == [PAID]


@pytest.mark.parametrize("answer", ["Нет", "нет, завтра", "Не получается", "А куда?", "да нет ещё"])
def test_no_to_the_agents_question_is_not(answer: str) -> None:
    assert find_signs(answer, "Вы оплатили?") == []


def test_yes_to_another_question_is_nothing() -> None:
    assert find_signs("Да", "Вас зовут Анна?") == []
    assert find_signs("Да", "В прошлом году полис оформили у нас?") == []


def test_several_facts_of_one_message_are_several_signs_each_once() -> None:
    text = "Оплатила. Да, оплатила! Полис пришёл на почту, номер XXX 0123 456 789."
    found = {one.sign: one.number for one in find_signs(text)}
    assert found == {PAID: None, ISSUED: None, NUMBER: "ХХХ0123456789"}


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_text_breaks_it(text: str, before: str) -> None:
    assert len(find_signs(text, before)) <= len(Sign)
