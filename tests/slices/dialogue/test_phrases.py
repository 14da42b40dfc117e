"""Every phrase can be said, every phrase that is asked for exists, none states a price of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

import insurance_chat
from insurance_chat.dialogue.answering.templates import load_phrases
from insurance_chat.insurance.products import GENERAL, REGISTRY, load_catalog, reply_files

PHRASES = load_phrases(reply_files())
CATALOG = load_catalog()
PACKAGE = Path(insurance_chat.__file__).parent
MONEY = re.compile(r"\d[\d\s\u00a0]*(?:тыс\.?\s*)?(?:₽|руб)", re.IGNORECASE)
#: Calls that pass the key of a phrase on: function → which argument it is.
PASS_ON = {"Say": 0, "_still": 1, "_check_age": 2}

_DRAFT = {
    "official": "АО «Страховая»", "license": "ОС № 1", "car": "Kia Rio, 2020 г.", "start": "2026-12-10",
    "end": "2027-12-09", "months": 12, "drivers": "без ограничений", "price": "5000.00", "kbm": "0.46",
    "seller": "Мы", "seller_status": "агент", "contacts": "почта", "email": "a@example.ru", "title": "имущество",
}  # fmt: skip
_COVERS = [{"title": "имущество", "sum": Decimal(2000000), "price": Decimal(5000)}]
_OFFERS = [{"title": f"Страховая {n}", "price": "5000.00", "missing": []} for n in range(7)]
SLOTS = {
    "previous_sale": {"title": "Kia Rio"}, "drivers": [{"full_name": "Иванов Иван"}], "email": "a@example.ru",
    "earliest": "2026-12-01", "offers": _OFFERS, "draft": _DRAFT,
    "doubt": {"names": ["имущество"]}, "mortgage_risks": ["property"], "previous_mortgage": {"title": "ипотека", "expire_at": "2026-12-31"},
    "remembered_car": {"title": "Kia Rio, 2020 г."}, "forget_topics": ["car"], "forget_titles": ["машина"],
}  # fmt: skip
_POLICY = {
    "product": "ОСАГО", "number": "ХХХ1", "company": "ВСК", "title": "Kia Rio", "state": "active", "start": "2026-12-10",
    "end": "2027-12-09", "price": Decimal(5000),
}  # fmt: skip
VALUES: dict[str, Any] = {
    "slots": SLOTS, "text": "Текст", "name": "Мария", "title": "год выпуска", "titles": ["год", "VIN"], "on": True,
    "raw": "абв", "value": 1, "car": "Kia Rio", "power": 123.0, "company": "ВСК", "expire_at": "2026-12-31",
    "plate": "А123ВС77", "limit": 10, "earliest": "2026-12-01", "latest": "2027-01-20", "fields": ["VIN: короткий"],
    "old": Decimal(5000), "new": Decimal(5100), "price": Decimal(5000), "reason": "отказ страховой", "number": "ХХХ1",
    "start": "2026-12-10", "end": "2027-12-09", "first": "2027-10-25", "email": "a@example.ru", "policies": [_POLICY],
    "lines": [{"title": "имя", "text": "Иван И.", "flow": "оформление ОСАГО", "channel": "web", "on": "2026-11-01"}],
    "here": ["паспорт"], "more": 1, "values": ["госномер А123ВС77", "паспорт 4510 123456"], "speaks": True, "many": False,
    "kept": [{"title": "Полис ХХХ1", "reason": "договор", "product": "ОСАГО", "number": "ХХХ1", "end": "2027-12-09"}],
    "bank": "ВТБ", "bank_note": "Банк примет.", "texts": ["Дом старый."], "url": "https://a.example", "delivery": "Банк получит сам.",
    "offers": [{"title": "ВСК", "price": Decimal(5000), "covers": _COVERS, "missing": [{"title": "титул"}]}],
    "covers": _COVERS, "missing": ["титул"], "risks": ["имущество"], "life": False, "cooling_off": ["14 дней"], "sold": ["ОСАГО"],
    "papers": ["СТС"], "paper": "СТС", "flow": "оформление ОСАГО",
    "facts": [{"title": "год выпуска", "value": "2018", "before": "2017"}],
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(PHRASES.texts))
def test_every_phrase_renders_in_russian(key: str) -> None:
    text = PHRASES.render(key, VALUES)
    assert re.search("[а-яё]", text, re.IGNORECASE)
    assert not re.search(r"None|\{\{|\}\}|\{%|Undefined", text)


@pytest.mark.parametrize("key", sorted(PHRASES.texts))
def test_no_phrase_states_a_sum_of_its_own(key: str) -> None:
    assert not MONEY.search(PHRASES.texts[key])


@pytest.mark.parametrize("flow", sorted(CATALOG.flows))
def test_every_phrase_of_a_flow_exists(flow: str) -> None:
    wanted = {
        key for step in CATALOG.flows[flow].steps for key in (step.ask, step.say, step.farewell)
    }
    assert {key for key in wanted if key and key not in PHRASES} == set()


def _calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and isinstance(called, ast.Name) and called.id == name:
                yield path, node


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_phrase_that_code_says_exists() -> None:
    found = {
        (path.name, key)
        for name, place in PASS_ON.items()
        for path, call in _calls(name)
        if len(call.args) > place
        for key in _constants(call.args[place])
    }
    assert len(found) > 50
    assert {one for one in found if one[1] not in PHRASES} == set()


def test_every_topic_of_small_talk_has_an_answer() -> None:
    folder = GENERAL / "understanding" / "phrases"
    labels = {
        label
        for path in folder.glob("*.yml")
        for label in yaml.safe_load(path.read_text(encoding="utf-8"))
    }
    topics = {label.removeprefix("chitchat:") for label in labels if label.startswith("chitchat:")}
    for _, call in _calls("Chitchat"):
        topics |= {
            key for word in call.keywords if word.arg == "topic" for key in _constants(word.value)
        }
    topics -= {"wait", "resume", "repeat"}  # heard as «go on», answered by the open question
    assert {topic for topic in topics if f"chitchat_{topic}" not in PHRASES} == set()


def test_every_action_that_a_flow_names_is_done_by_a_product() -> None:
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in (PACKAGE / "insurance").rglob("*.py")
    )
    named = {step.action for flow in CATALOG.flows.values() for step in flow.steps if step.action}
    shared = re.findall(r'"(\w+)": (?:self|consenting)\.', text)
    # Steps of a sale are shared: a product says its own prefix, the step stays the same.
    done = {*shared, *(f"{product}_{name}" for product in REGISTRY for name in shared)}
    assert named - done == set()
