"""Messages that lead a client away are told from honest ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.operators.pull_away.allowing import allowed_by
from insurance_chat.operators.pull_away.detector import judge, masked
from insurance_chat.operators.pull_away.rules import rule_book
from insurance_chat.operators.pull_away.settings import PullAwaySettings
from insurance_chat.operators.pull_away.types import Allowed, Level

MESSAGES = Path(__file__).parents[4] / "bench" / "data" / "pull_away.yml"
ALLOWED = Allowed.make(["insurer.example"])
ENOUGH = 0.97


def _messages() -> list[dict[str, Any]]:
    groups = yaml.safe_load(MESSAGES.read_text("utf-8"))
    return [
        {"group": group, "verdict": group} | (row if isinstance(row, dict) else {"text": row})
        for group, rows in groups.items()
        for row in rows
    ]


def _level(row: dict[str, Any]) -> Level:
    return judge(row["text"], ALLOWED.plus(row.get("client", []))).level


SPECIFIED = [row for row in _messages() if row["group"].startswith("spec_")]


@pytest.mark.parametrize("row", SPECIFIED, ids=[row["text"][:30] for row in SPECIFIED])
def test_the_examples_of_the_specification_are_all_right(row: dict[str, Any]) -> None:
    assert _level(row) == row["verdict"]


@pytest.mark.parametrize("wanted", [{Level.WARN, Level.BLOCK}, {Level.BLOCK}])
def test_precision_and_recall_stay_where_they_are(wanted: set[Level]) -> None:
    pairs = [(_level(row) in wanted, row["verdict"] in wanted) for row in _messages()]
    right = sum(found and true for found, true in pairs)
    assert right / sum(found for found, _ in pairs) >= ENOUGH
    assert right / sum(true for _, true in pairs) >= ENOUGH


@pytest.mark.parametrize(
    ("text", "level", "rule"),
    [
        ("8 916 555-44-33", Level.WARN, "contact"),
        ("Звоните 8 916 555-44-33", Level.BLOCK, "write_or_call"),
        ("девять один шесть 555 44 33", Level.BLOCK, "disguised"),
        ("Давайте в телеграм", Level.WARN, "another_channel"),
        ("Продиктуйте мне код из смс", Level.BLOCK, "signing_code"),
        ("Переведите мне на карту", Level.BLOCK, "pay_the_agent"),
    ],
)
def test_a_verdict_names_its_rule(text: str, level: Level, rule: str) -> None:
    verdict = judge(text, ALLOWED)
    assert verdict.level is level
    assert rule in verdict.rules
    assert verdict.reasons


def test_one_weak_sign_is_all_right_and_the_third_warns() -> None:
    text = "Созвонимся вечером?"
    assert judge(text, ALLOWED).level is Level.OK
    assert judge(text, ALLOWED).hint
    assert judge(text, ALLOWED, earlier_hints=1).level is Level.OK
    again = judge(text, ALLOWED, earlier_hints=2)
    assert again.level is Level.WARN
    assert "repeated" in again.rules


def test_earlier_signs_do_not_spoil_an_honest_message() -> None:
    assert judge("Пришлите фото СТС", ALLOWED, earlier_hints=9).level is Level.OK


def test_words_without_a_contact_never_block_however_many() -> None:
    text = "Давайте в телеграм, тут читают, оформлю мимо сайта напрямую у меня, найдите меня в вк"
    verdict = judge(text, ALLOWED)
    assert verdict.level is Level.WARN
    assert len(verdict.rules) > 3


def test_the_phone_of_somebody_else_is_a_warning() -> None:
    assert judge("Позвоните в автосервис 8 843 200-30-40", ALLOWED).level is Level.WARN
    assert judge("Позвоните на линию 8 800 555-35-35", ALLOWED).level is Level.WARN
    mine = "Позвоните мне в автосервис 8 843 200-30-40"
    assert judge(mine, ALLOWED).level is Level.BLOCK


def test_allowed_are_the_service_its_settings_and_helplines() -> None:
    settings = PullAwaySettings(
        pull_away_allowed="sto-partner.ru, 8 843 200-30-40, help@partner.ru, https://pay.bank.ru/x"
    )
    allowed = allowed_by(settings, "https://chat.service.ru", "http://127.0.0.1:8000")
    for text in (
        "Пишите на https://chat.service.ru/w/1 или звоните 8 800 200-22-75",
        "Оплата: http://127.0.0.1:8000/pay/1",
        "Осмотр: www.sto-partner.ru, звоните +7 (843) 200-30-40, help@partner.ru",
        "Оплатите тут: pay.bank.ru/order/5",
    ):
        assert judge(text, allowed).level is Level.OK, text
        assert judge(text, allowed).contacts == ()
    for text in (
        "Звоните по ссылке https://chat.service.ru.evil.ru/w/1",
        "Пишите на https://chat.service.ru@evil.ru/",
        "Жмите evil-chat.service.ru.com",
        "Заходите на notsto-partner.ru",
    ):
        assert judge(text, allowed).level is Level.BLOCK, text


def test_what_is_sent_after_a_warning_shows_no_contact() -> None:
    text = "Оценщик: 8 495 123-45-67, e@ocenka.ru, @ocenka_msk, РСА 8 800 200-22-75"
    verdict = judge(text, ALLOWED)
    sent = masked(text, verdict)
    assert sent == "Оценщик: +7 ••• •••-••-67, •••, •••, РСА 8 800 200-22-75"


def test_no_contact_is_left_in_any_masked_message() -> None:
    for row in _messages():
        allowed = ALLOWED.plus(row.get("client", []))
        sent = masked(row["text"], judge(row["text"], allowed))
        assert judge(sent, allowed).contacts == (), sent


def test_every_rule_has_a_name_of_its_own_and_words_for_people() -> None:
    rules = rule_book().rules
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.says for rule in rules)


@given(st.text(max_size=300), st.integers(0, 3))
def test_any_text_gets_a_verdict(text: str, earlier: int) -> None:
    verdict = judge(text, ALLOWED, earlier)
    assert 0 <= verdict.score <= 100
    assert bool(verdict.reasons) == bool(verdict.rules)
    masked(text, verdict)
