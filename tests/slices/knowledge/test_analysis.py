"""What the service understands of a document by itself, and what it contradicts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge import service as library_service
from insurance_chat.knowledge.analysis import service
from insurance_chat.knowledge.analysis.conflicts import KnownDocument, find_conflicts
from insurance_chat.knowledge.analysis.dates import read_date
from insurance_chat.knowledge.analysis.findings import Analysis, Condition
from insurance_chat.knowledge.analysis.model import ModelAnalyst, Proposal, merge
from insurance_chat.knowledge.analysis.rules import analyse
from insurance_chat.knowledge.passages import PAGE_MARK, split_markdown
from insurance_chat.llm.ports import ChatRequest, ModelUnavailable, Why
from tests.slices.knowledge.conftest import Library

RULES = f"""# Правила страхования автогражданской ответственности
{PAGE_MARK}1{PAGE_MARK}
САО «РЕСО-Гарантия» страхует по ОСАГО. Утверждены приказом № 15 от 20 января 2026 г.
Правила действуют с 01.02.2026 и действительны до 31.12.2026.
## Выплаты
{PAGE_MARK}2{PAGE_MARK}
Лимит по имуществу составляет 400 000 рублей, лимит по жизни и здоровью — 500 тыс. руб.
Выплата производится в течение 20 календарных дней. Франшиза не применяется.
Франшиза по стеклу составляет 10 000 рублей.

| Регион | Тариф | Срок рассмотрения |
|---|---|---|
| Барнаул | 7 535 рублей | 10 дней |
| Москва | 8 665 рублей | 5 дней |
## Исключения из страхового покрытия
{PAGE_MARK}3{PAGE_MARK}
Умысел страхователя и ядерный взрыв.
Ущерб от загрязнения окружающей среды не возмещается.
"""


def found(markdown: str, title: str = "", filename: str = "a.pdf") -> Analysis:
    return analyse(title, filename, split_markdown(markdown))


def conditions(analysis: Analysis) -> set[tuple[str, str, str, int | None]]:
    return {(one.kind, one.name, one.value, one.page) for one in analysis.conditions}


def test_company_product_kind_and_dates_come_with_their_words() -> None:
    analysis = found(RULES, "Правила страхования автогражданской ответственности")

    assert analysis.company is not None
    assert (analysis.company.value, analysis.company.page) == ("reso", 1)
    assert "РЕСО-Гарантия" in analysis.company.quote
    values = [analysis.product, analysis.kind, analysis.edition_date]
    values += [analysis.valid_from, analysis.valid_until]
    assert [one.value if one else None for one in values] == [
        "osago",
        "rules",
        "2026-01-20",
        "2026-02-01",
        "2026-12-31",
    ]


def test_conditions_are_named_and_carry_their_page() -> None:
    assert conditions(found(RULES)) >= {
        ("limit", "Лимит по имуществу", "400 000 рублей", 2),
        ("limit", "лимит по жизни и здоровью", "500 тыс. руб.", 2),
        ("term", "Выплата производится", "20 календарных дней", 2),
        ("deductible", "Франшиза по стеклу", "10 000 рублей", 2),
        ("tariff", "Тариф — Барнаул", "7 535 рублей", 2),
        ("term", "Срок рассмотрения — Москва", "5 дней", 2),
        ("exclusion", "", "Умысел страхователя и ядерный взрыв.", 3),
        ("exclusion", "", "Ущерб от загрязнения окружающей среды не возмещается.", 3),
    }


def test_every_quote_stands_in_the_passage_that_it_names() -> None:
    pieces = split_markdown(RULES)
    for one in analyse("", "", pieces).conditions:
        assert one.passage is not None
        assert one.quote in pieces[one.passage].text
        assert one.value in one.quote


def test_the_summary_is_made_of_sentences_of_the_text() -> None:
    text = RULES.replace("\n", " ")

    summary = found(RULES, "Правила страхования автогражданской ответственности").summary
    assert 2 <= len(summary) <= 3
    assert all(one in text for one in summary)


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("Стороны достигли согласие по выплате. Максимальный размер.", None),
        ("СК «Согласие» страхует имущество.", "soglasie"),
        ("Сравнение: РЕСО-Гарантия, Ингосстрах, ВСК, СОГАЗ.", None),
        ("Клиент Ингосстраха обращается в Ингосстрах.", "ingos"),
        ("Правила компании «Зетта Страхование».", "zetta"),
    ],
)
def test_a_company_is_named_only_when_it_stands_out(text: str, company: str | None) -> None:
    one = found(text).company
    assert (one.value if one else None) == company


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01.02.2026", "2026-02-01"),
        ("«5» марта 2026 г.", "2026-03-05"),
        ("12 мая 2025 года", "2025-05-12"),
        ("2026-08-09", "2026-08-09"),
        ("31.02.2026", None),
        ("5 марта", None),
    ],
)
def test_russian_dates_are_read(text: str, day: str | None) -> None:
    read = read_date(text)
    assert (read.isoformat() if read else None) == day


def test_years_are_not_terms() -> None:
    assert not found("Срок подачи заявления установлен в 2026 году.").conditions


def limit(name: str, value: str, kind: Any = "limit") -> Condition:
    return Condition(kind, name, value, f"{name} — {value}", 1, 0)


def known(*conditions: Condition) -> list[KnownDocument]:
    return [KnownDocument("old", "Старые правила", Analysis(conditions=conditions))]


def test_another_value_of_the_same_condition_is_a_conflict() -> None:
    new = Analysis(conditions=(limit("лимит по имуществу", "500 000 руб."),))

    (conflict,) = find_conflicts(new, known(limit("Лимит по имуществу", "400 тыс. рублей")))

    assert (conflict.field, conflict.old_value, conflict.new_value) == (
        "Лимит: лимит по имуществу",
        "400 тыс. рублей",
        "500 000 руб.",
    )
    assert (conflict.old_document, conflict.old_page) == ("old", 1)
    assert conflict.old_quote == "Лимит по имуществу — 400 тыс. рублей"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (limit("Лимит по имуществу", "400 000 рублей"), limit("Лимит по имуществу", "400 тыс. ₽")),
        (limit("Лимит по имуществу", "400 000 рублей"), limit("Лимит по жизни", "500 000 рублей")),
        (limit("Тариф КБМ 3", "1,17", "tariff"), limit("Тариф КБМ 4", "1", "tariff")),
        (limit("Франшиза", "5 %", "deductible"), limit("Франшиза", "100 рублей", "deductible")),
        (limit("Срок", "10 дней", "term"), limit("Срок", "10 дней", "limit")),
    ],
    ids=["same-amount", "another-name", "another-row", "another-unit", "another-kind"],
)
def test_what_is_no_contradiction_is_not_shown(old: Condition, new: Condition) -> None:
    assert find_conflicts(Analysis(conditions=(new,)), known(old)) == []


def test_a_changed_validity_is_a_conflict() -> None:
    fields = [one.field for one in find_conflicts(
        found("Правила действуют с 01.03.2026."),
        [KnownDocument("a", "b", found("Правила действуют с 01.02.2026."))],
    )]  # fmt: skip
    assert fields == ["Действует с"]


class ScriptedModel:
    """Answers every request with one proposal, or not at all."""

    def __init__(self, proposal: dict[str, Any] | None) -> None:
        self.proposal = proposal
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> Any:
        self.requests.append(request)
        if self.proposal is None:
            raise ModelUnavailable(Why.NO_KEYS)
        parsed = Proposal.model_validate_json(json.dumps(self.proposal))
        return type("Answer", (), {"parsed": parsed})()

    async def stream(self, request: ChatRequest) -> Any:
        raise NotImplementedError


async def test_a_model_adds_what_it_proves_and_nothing_else() -> None:
    pieces = split_markdown("Клиент получает ремонт. Компенсация эвакуации до 3 000 рублей.")
    proved = {"kind": "limit", "name": "Эвакуация", "value": "3 000 рублей",
              "quote": "Компенсация  эвакуации до 3 000 рублей"}  # fmt: skip
    model = ScriptedModel(
        {
            "company": {"value": "reso", "quote": "Клиент получает ремонт"},
            "product": {"value": "kasko", "quote": "страхование КАСКО"},
            "valid_until": {"value": "2030-01-01", "quote": "Клиент получает ремонт"},
            "summary": ["Клиент получает ремонт.", "Выдуманное предложение."],
            "conditions": [
                proved,
                {**proved, "value": "9 000 рублей"},
                {**proved, "quote": "Лимит 3 000 рублей"},
                {**proved, "name": "Эвакуация 5 раз"},
            ],
        }
    )

    analysis = await ModelAnalyst(model).improve(1, Analysis(), pieces)

    assert (analysis.company, analysis.product, analysis.valid_until) == (None, None, None)
    assert analysis.summary == ()
    assert [(one.name, one.value) for one in analysis.conditions] == [("Эвакуация", "3 000 рублей")]
    assert analysis.by == "model"
    assert "# prompt: analyse v1" in model.requests[0].messages[0].text


def test_a_model_does_not_replace_what_the_rules_found() -> None:
    pieces = split_markdown(RULES)
    rules = analyse("", "", pieces)
    said = Proposal.model_validate(
        {"company": {"value": "vsk", "quote": "САО «РЕСО-Гарантия»"}, "conditions": []}
    )

    assert merge(rules, said, pieces) == replace(rules, by="model")


async def test_without_a_model_the_rules_stay() -> None:
    rules = found(RULES)

    assert await ModelAnalyst(ScriptedModel(None)).improve(1, rules, split_markdown(RULES)) is rules


async def test_an_administrator_corrects_a_preview_and_sees_what_it_contradicts(
    db: Database, library: Library, admin: Principal
) -> None:
    old = await library.publish("# Правила\nЛимит по имуществу составляет 400 000 рублей.")
    new = "# Правила\nЛимит по имуществу составляет 450 000 рублей."
    async with db.unit() as unit:
        preview = await service_upload(unit, library, new)
        shown = await service.conflicts(unit, admin, preview)
        (own,) = (await service.read(unit, admin, preview)).conditions
        corrected = replace(own, value="400 000 рублей")
        changed = await service.correct(unit, admin, preview, Analysis(conditions=(corrected,)))
        after = await service.conflicts(unit, admin, preview)
        with pytest.raises(ServiceError, match="kb_not_preview"):
            await service.correct(unit, admin, old, changed)
        with pytest.raises(ServiceError, match="forbidden"):
            await service.read(unit, replace(admin, role=Role.AGENT), preview)

    assert [(one.old_value, one.new_value, one.old_document) for one in shown] == [
        ("400 000 рублей", "450 000 рублей", old)
    ]
    assert changed.by == "person"
    assert after == []


async def service_upload(unit: Any, library: Library, text: str) -> str:
    preview = await library_service.upload(
        unit, library.files, library.admin, "new.md", text.encode()
    )
    return preview.ingest_id
