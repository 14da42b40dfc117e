"""Every figure of the report, counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from insurance_chat.main.evaluation import lines
from insurance_chat.main.evaluation.figures import (
    Handovers,
    handovers,
    mean,
    pass_k,
    percentile,
    roubles,
)
from insurance_chat.main.evaluation.matching import missing, same
from insurance_chat.main.evaluation.measuring import wants_human
from insurance_chat.main.evaluation.phrases import Phrases
from insurance_chat.main.evaluation.report import report
from insurance_chat.main.evaluation.results import Attempt, Measured, Prices, Result
from insurance_chat.main.evaluation.timing import Took


def test_pass_k_is_the_chance_that_all_of_k_runs_succeed() -> None:
    runs = [(4, 4), (2, 4), (0, 4)]
    assert pass_k(runs, 1) == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert pass_k(runs, 2) == pytest.approx((1 + 1 / 6 + 0) / 3)
    assert pass_k(runs, 4) == pytest.approx(1 / 3)
    assert pass_k([(1, 1)], 2) is None
    assert pass_k([], 1) is None


def test_precision_and_recall_of_handovers() -> None:
    pairs = [(True, True), (True, False), (False, True), (False, True), (False, False)]
    assert handovers(pairs) == Handovers(precision=1 / 3, recall=1 / 2)
    assert handovers([(False, False)]) == Handovers(None, None)


def test_percentiles_take_the_nearest_rank() -> None:
    assert percentile([5, 1, 3, 2, 4], 0.5) == 3
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.95) == 7
    assert percentile([], 0.5) is None
    assert mean([]) is None


def test_roubles_need_a_price() -> None:
    assert roubles(2_000_000, 500_000, 100, 300) == 350
    assert roubles(1, 1, 0, 0) is None


def attempt(
    title: str, failure: str = "", *, wanted: bool | None = False, **measured: Any
) -> Attempt:
    return Attempt(title, failure, Measured(**measured), wanted)


RESULT = Result(
    "Основная",
    "модель x",
    [
        attempt("a", turns=2, calls=2, prompt_tokens=1000, completion_tokens=10,
                took=(Took(100, 200), Took(300, 400))),
        attempt("a", "step 1: does not say ['<b>']\nвсё", turns=4, prompt_tokens=3000,
                completion_tokens=30, calls=2),
        attempt("b", wanted=True, called_human=True, wrong_prices=("полис 1",), double_sales=1),
        attempt("b", wanted=None, called_human=True),
    ],
    Phrases({"human": (1, 2)}, {"plate": (3, 3)}),
    Prices(1000, 10_000),
)  # fmt: skip


def test_the_lines_of_a_result() -> None:
    shown = {name: value for name, value, _ in lines.rows(RESULT)}
    assert shown["pass^1"] == "75,0 %"
    assert shown["pass^2"] == "50,0 %"
    assert "pass^3" not in shown
    assert shown["Неверных цен"] == "1"
    assert shown["Двойных продаж"] == "1"
    assert shown["Передачи человеку: точность"] == "100,0 %"
    assert shown["Ходов на диалог"] == "1,5"
    assert shown["Токенов на диалог"] == "1000 + 10"
    assert shown["Рублей на диалог"] == "1,1000"
    assert shown["До первых слов, p50 / p95"] == "100,0 / 300,0"
    assert shown["До полного ответа, p50 / p95"] == "200,0 / 400,0"
    assert shown["Намерения поняты верно"] == "50,0 % (1 из 2)"


def test_an_unknown_price_is_said() -> None:
    unknown = Result("x", "м", RESULT.attempts)
    shown = {name: value for name, value, _ in lines.rows(unknown)}
    assert shown["Рублей на диалог"].startswith("цена неизвестна: задайте LLM_PRICE_INPUT_RUB")


def test_the_report_is_one_page_that_needs_nothing_else() -> None:
    page = report([RESULT, Result("Вторая", "правила")], datetime(2026, 11, 21, tzinfo=UTC), 12.4)
    assert "does not say [&#x27;&lt;b&gt;&#x27;]" in page
    assert "<b>" not in page
    for outside in ("http://", "https://", "<script", "<link", "src="):
        assert outside not in page
    assert "Вторая" in lines.table([RESULT, Result("Вторая", "правила")])


def test_understood_commands_are_compared_by_the_named_fields() -> None:
    found = [
        {"type": "set_slot", "slot": "make_model", "value": {"brand": "Kia", "model": "Rio"}},
        {"type": "set_slot", "slot": "drivers_unlimited", "value": True},
        {"type": "ask_question", "text": "сколько"},
    ]
    assert missing([{"type": "ask_question"}, found[1]], found) == []
    assert missing([{"type": "set_slot", "slot": "make_model", "value": "kia rio"}], found) == []
    assert missing([{"type": "ask_question", "text": "иное"}], found) == [
        {"type": "ask_question", "text": "иное"}
    ]
    assert not same(1, True)
    assert not same("None", None)
    assert same(2018, "2018")


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ({"steps": ["pay"], "end": {"handover": True}}, True),
        ({"steps": [{"expect": {"state": "with_agent"}}]}, True),
        ({"steps": [{"expect": {"says": ["Ожидание агента"]}}]}, True),
        ({"steps": [{"client": "привет"}]}, False),
        ({"steps": [{"expect": {"says": ["да"]}}], "end": "any"}, None),
        ({"steps": [{"expect": {"understood": [{"type": "request_human"}]}}], "end": "any"}, True),
        ({"steps": [{"expect": {"understood": [{"type": "unclear"}]}}], "end": "any"}, False),
    ],
)
def test_a_script_tells_whether_a_human_is_wanted(script: dict[str, Any], wanted: bool) -> None:
    assert wants_human(script) is wanted
