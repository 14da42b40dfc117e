"""The document of a sandbox policy."""

from __future__ import annotations

import io
from typing import Any

import pypdf

from insurance_chat.sandbox.pdf import PolicyForm, render_policy


def form(**changes: Any) -> PolicyForm:
    values: dict[str, Any] = {
        "number": "ХХХ9900000001",
        "company": "САО «РЕСО-Гарантия»",
        "license": "ОС № 0001-03 (песочница)",
        "start": "25.11.2026",
        "end": "24.11.2027",
        "months": 12,
        "trailer": False,
        "policyholder": "Тестов Пётр Ильич",
        "owner": "Тестова Анна Петровна",
        "vehicle": {
            "mark": "LADA",
            "model": "Vesta",
            "vin": None,
            "licensePlate": "М321КХ777",
            "productionYear": 2019,
            "powerHp": "106",
            "document": {"type": "STS", "seriesNumber": "9933445566"},
        },
        "unlimited": False,
        "drivers": [
            {"name": f"Водитель {i}", "licence": "9912345611", "klass": "11", "kbm": "0.57"}
            for i in range(1, 6)
        ],
        "coefficients": [{"code": "ТБ", "value": "7105.30"}, {"code": "КТ", "value": "1.80"}],
        "price": "1234567.80",
        "issued_at": "21.11.2026 01:20",
        "check_url": "https://sandbox.example/polis/check/ХХХ9900000001",
    }
    return PolicyForm(**(values | changes))


def text_of(pdf: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    return reader.pages[0].extract_text()


def test_the_document_says_what_was_sold_and_that_it_is_not_real() -> None:
    text = text_of(render_policy(form()))
    for part in (
        "ПЕСОЧНИЦА",
        "СТРАХОВОЙ ПОЛИС ХХХ9900000001",
        "САО «РЕСО-Гарантия»",
        "Тестов Пётр Ильич",
        "Тестова Анна Петровна",
        "LADA Vesta",
        "М321КХ777",
        "СТС 9933445566",
        "Водитель 5",
        "1 234 567,80 руб.",
        "7105,30",
        "Не является договором страхования",
    ):
        assert part in text


def test_an_unlimited_policy_says_so_instead_of_drivers() -> None:
    text = text_of(render_policy(form(unlimited=True, drivers=[])))
    assert "без ограничения числа лиц" in text
    assert "Водительское удостоверение" not in text


def test_a_short_period_of_use_is_printed() -> None:
    assert "3 мес. с 25.11.2026" in text_of(render_policy(form(months=3)))
