"""The explanation in Russian: every kind of note has its words, an unknown kind is shown as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.conversations.quality.why import Why
from insurance_chat.core.errors import ServiceError
from insurance_chat.insurance.products import load_catalog
from insurance_chat.llm.ports import Why as Reason
from insurance_chat.web.admin.case_form import read_facts, read_wish
from insurance_chat.web.admin.why_words import ACTIONS, OUTCOMES, developer, explanation

CATALOG = load_catalog()
FLOWS = {name: flow.title for name, flow in CATALOG.flows.items()}
EMPTY = Why(
    uuid4(), 2, datetime(2026, 11, 21, tzinfo=UTC), "Ответ", ["а <b>"], [], [], [], 20.0, {}
)


def told(*notes: dict[str, Any], **changes: Any) -> str:
    return explanation(replace(EMPTY, notes=list(notes), **changes), CATALOG.slots, FLOWS)


def test_what_was_understood_is_said_in_words() -> None:
    shown = told(
        {"kind": "understanding", "by": "model", "dropped": [{"do": "set_slot", "slot": "vin", "value": "X"}]},
        commands=[
            {"type": "start_flow", "flow": "osago"},
            {"type": "set_slot", "slot": "plate", "value": "А123ВС77"},
            {"type": "set_slot", "slot": "drivers_unlimited", "value": False},
            {"type": "chitchat", "topic": "greeting"},
        ],
    )  # fmt: skip
    assert "начать сценарий: оформление ОСАГО" in shown
    assert "записать: госномер = А123ВС77" in shown
    assert "без ограничения водителей = нет" in shown
    assert "Кто понимал: языковая модель." in shown
    assert "Отброшено проверкой" in shown
    assert "записать: VIN = X" in shown


def test_words_of_the_client_are_no_markup() -> None:
    assert "а &lt;b&gt;" in told()


def test_passages_checks_actions_and_calls_are_shown() -> None:
    passage = {"title": "Закон об ОСАГО", "page": 7, "section": "Статья 7", "score": 0.8251}
    shown = told(
        {"kind": "search", "passages": [passage]},
        {"kind": "check", "sentence": "Лимит 500 000 ₽.", "ok": False, "why": "нет в отрывке"},
        {"kind": "action", "name": "find_vehicle", "status": "done"},
        {"kind": "model", "purpose": "answer", "prompt": "answer v1", "model": "gpt", "seconds": 0.5,
         "prompt_tokens": 900, "completion_tokens": 40, "tries": 2, "outcome": "ok"},
        {"kind": "answer", "by": "rules", "confident": True},
    )  # fmt: skip
    assert "Закон об ОСАГО, стр. 7 — Статья 7" in shown
    assert "совпадение 0,83" in shown
    assert "не прошло" in shown
    assert "Лимит 500 000 ₽. — нет в отрывке" in shown
    assert "найти машину по госномеру" in shown
    assert "токены: 900 на вопрос, 40 на ответ" in shown
    assert "указания: answer v1" in shown
    assert "ключей опрошено: 2" in shown
    assert "Ответ занял 0,02 с, из них модель 0,50 с." in shown


def test_a_blocked_sum_and_an_unknown_note_are_shown() -> None:
    shown = told(
        {"kind": "reply", "phrases": [], "unsourced": ["999"]}, {"kind": "weather", "sunny": True}
    )
    assert "сумма без источника: 999" in shown
    assert "weather: sunny: да" in shown


def test_an_answer_without_a_trace_says_so_and_developers_get_everything() -> None:
    assert "Ход этого ответа не записан" in told(ms=None)
    assert "&quot;answer&quot;: &quot;Ответ&quot;" in developer(EMPTY)


def test_every_reason_of_a_model_has_words() -> None:
    assert {why.value for why in Reason} <= set(map(str, OUTCOMES))


def test_every_action_that_is_named_exists() -> None:
    steps = [step for flow in CATALOG.flows.values() for step in flow.steps]
    assert set(ACTIONS) <= {step.action for step in steps}


def test_wishes_and_facts_of_the_form_become_expected_commands() -> None:
    assert read_wish("flow:osago") == {"type": "start_flow", "flow": "osago"}
    assert read_wish("request_human") == {"type": "request_human"}
    lines = "Год выпуска = 2018\n\nбез ограничения водителей = да\nplate=А123ВС77"
    assert read_facts(lines, CATALOG.slots) == [
        {"type": "set_slot", "slot": "year", "value": 2018},
        {"type": "set_slot", "slot": "drivers_unlimited", "value": True},
        {"type": "set_slot", "slot": "plate", "value": "А123ВС77"},
    ]


@pytest.mark.parametrize("line", ["год выпуска", "цвет = красный", "год выпуска ="])
def test_a_line_that_is_no_fact_is_named(line: str) -> None:
    with pytest.raises(ServiceError) as refused:
        read_facts(line, CATALOG.slots)
    assert f"Строка «{line}» не понята" in refused.value.message
