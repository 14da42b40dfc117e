"""The knowledge that a new installation starts with: readable, complete, free of unconfirmed figures."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from insurance_chat.insurance.insurers import all_insurers
from insurance_chat.insurance.osago.tariff.coefficients import kbm_of_class, ks, kvs, next_kbm_class
from insurance_chat.insurance.osago.tariff.territory import find_territory

SEED = Path(__file__).parents[3] / "insurance_chat" / "knowledge" / "seed"
FILES = sorted(SEED.glob("*.md"))
FIELDS = {"title", "company", "product", "kind", "visibility", "valid_from", "source", "url"}
UNCONFIRMED = (
    r"3,16",
    r"\b500 ₽",
    r"[45]00 000",
    r"рабочих дн",
    r"\b8 ?\(800\)",
    r"\+7",
    r"трёхкратн",
    r"\+10 %",
    r"Указани\w+ № ?7349-У.*1,74",
)


def parse(path: Path) -> tuple[dict[str, Any], str]:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), body


def sections(name: str) -> dict[str, str]:
    parts = re.split(r"^## ", parse(SEED / name)[1], flags=re.M)[1:]
    return {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1].strip() for part in parts}


def cells(section: str) -> list[list[str]]:
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_says_what_it_is_and_who_may_read_it(path: Path) -> None:
    head, body = parse(path)
    assert set(head) == FIELDS
    assert head["product"] in {"osago", "mortgage", None}
    assert head["kind"] in {"faq", "rules", "note", "law"}
    assert head["visibility"] in {"public", "agents"}
    assert isinstance(head["valid_from"], date)
    assert head["title"]
    assert head["source"]
    assert body.strip().startswith("# ")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_section_has_an_answer_and_no_unconfirmed_figure(path: Path) -> None:
    found = sections(path.name)
    assert found
    assert all(len(answer) > 10 for answer in found.values())
    assert not [each for each in UNCONFIRMED if re.search(each, path.read_text(encoding="utf-8"))]


def test_the_forty_questions_are_answered_one_section_each() -> None:
    assert len(sections("osago-faq.md")) == 29
    assert len(sections("mortgage-faq.md")) == 11
    questions = [*sections("osago-faq.md"), *sections("mortgage-faq.md")]
    assert len(set(questions)) == 40


def test_only_the_note_for_agents_is_hidden_from_clients() -> None:
    hidden = [path.stem for path in FILES if parse(path)[0]["visibility"] == "agents"]
    assert hidden == ["agents-guide"]


def test_every_main_insurer_has_a_section() -> None:
    found = sections("insurers.md")
    assert all(company.short in found for company in all_insurers() if not company.spare)


def test_the_kbm_table_of_the_text_is_the_table_of_the_calculator() -> None:
    rows = cells(sections("osago-price.md")["КБМ: коэффициент за аварийность"])[1:]
    assert len(rows) == 15
    for klass, kbm, *following in rows:
        assert number(kbm) == kbm_of_class(klass)
        assert following == [next_kbm_class(klass, payouts) for payouts in range(5)]


def test_the_kvs_table_of_the_text_is_the_table_of_the_calculator() -> None:
    rows = cells(sections("osago-price.md")["КВС: коэффициент возраста и стажа"])[1:]
    oldest = [21, 24, 29, 34, 39, 49, 59, 80]
    shown = 0
    for age, (_, *values) in zip(oldest, rows, strict=True):
        for experience, value in zip([0, 1, 2, 3, 5, 7, 10, 15], values, strict=True):
            if value != "—":
                shown += 1
                assert number(value) == kvs(age, experience), (age, experience)
    assert shown == 58


def test_the_period_table_of_the_text_is_the_table_of_the_calculator() -> None:
    rows = cells(sections("osago-price.md")["КС: период использования"])[1:]
    assert [number(value) for _, value in rows] == [ks(months) for months in range(3, 11)]


def test_the_territory_table_of_the_text_is_the_table_of_the_calculator() -> None:
    rows = cells(sections("osago-territory.md")["Значения по городам и регионам"])[1:]
    assert len(rows) > 80
    for region, town, kt in rows:
        name = region if town == "весь регион" else f"{region}, г {town}"
        found = find_territory(name, date(2026, 11, 20))
        assert found is not None, name
        assert found.kt == number(kt), name
        assert found.verified
