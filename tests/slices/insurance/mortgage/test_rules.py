"""Banks, underwriting, terms of refusal, the explanation of a price, renewal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

import insurance_chat.insurance.mortgage as package
from insurance_chat.insurance.mortgage import price, renewal, terms
from insurance_chat.insurance.mortgage.banks import (
    Acceptance,
    acceptance,
    acceptance_text,
    all_banks,
    delivery_text,
    find_bank,
    get_bank,
)
from insurance_chat.insurance.mortgage.product import describe
from insurance_chat.insurance.mortgage.types import (
    Loan,
    MortgageRequest,
    ObjectKind,
    Ownership,
    Risk,
)
from insurance_chat.insurance.mortgage.underwriting import Outcome, decide
from insurance_chat.insurance.providers.ports import (
    CoverPart,
    DeclinedPart,
    Offer,
    OfferStatus,
    RateStep,
)
from tests.contracts.insurers.cases import FLAT, HEALTH, mortgage_request

TODAY = date(2026, 11, 21)
DATA = Path(package.__file__).parent / "data"
ALL = (Risk.PROPERTY, Risk.LIFE, Risk.TITLE)


def whole(**changes: object) -> MortgageRequest:
    return mortgage_request(risks=ALL, ownership=Ownership(registered=True)).model_copy(
        update=changes
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("у меня ипотека в сбере", "sber"),
        ("ВТБ", "vtb"),
        ("а в домрф примут", "domrf"),
        ("банк дом.рф", "domrf"),
        ("Альфа-Банк", "alfa"),
        ("альфа банка", "alfa"),
        ("Ак Барс", "akbars"),
        ("райффайзен", "raif"),
        ("банк радуга", None),
        ("сбер или втб", None),
    ],
)
def test_a_bank_is_found_as_clients_name_it(said: str, code: str | None) -> None:
    found = find_bank(said)
    assert (found.code if found else None) == code


def test_a_list_that_nobody_checked_is_no_promise() -> None:
    bank = get_bank("sber")
    assert bank is not None
    assert acceptance(bank, "reso", TODAY) is Acceptance.NOT_CHECKED
    assert "уточните в банке" in acceptance_text(bank, "reso", "РЕСО-Гарантия", TODAY)


def test_a_fresh_list_is_told_with_its_date_and_an_old_one_is_not() -> None:
    bank = get_bank("sber")
    assert bank is not None
    fresh = replace(bank, checked_at=TODAY - timedelta(days=31))
    assert acceptance(fresh, "reso", TODAY) is Acceptance.LISTED
    assert "21.10.2026" in acceptance_text(fresh, "reso", "РЕСО-Гарантия", TODAY)
    assert acceptance(fresh, "maks", TODAY) is Acceptance.NOT_LISTED
    old = replace(bank, checked_at=TODAY - timedelta(days=32))
    assert acceptance(old, "reso", TODAY) is Acceptance.NOT_CHECKED


def test_an_unknown_bank_gets_an_honest_warning() -> None:
    text = acceptance_text(None, "reso", "РЕСО-Гарантия", TODAY)
    assert "нет в нашем списке" in text
    assert "проверьте в банке" in delivery_text(None)


def test_every_bank_of_the_list_is_found_by_its_own_name() -> None:
    assert len(all_banks()) == 15
    assert [find_bank(bank.name) for bank in all_banks()] == list(all_banks())


def test_an_ordinary_flat_and_a_healthy_borrower_pass() -> None:
    decision = decide(whole())
    assert (decision.outcome, decision.findings, decision.without) == (Outcome.PASS, (), ())


@pytest.mark.parametrize(
    ("changes", "code", "without"),
    [
        ({"health": HEALTH.model_copy(update={"severe_disease": True})}, "health",
         (Risk.PROPERTY, Risk.TITLE)),
        ({"health": HEALTH.model_copy(update={"disability": True})}, "health",
         (Risk.PROPERTY, Risk.TITLE)),
        ({"insured_object": FLAT.model_copy(update={"wooden_floors": True})}, "wooden_floors",
         (Risk.LIFE, Risk.TITLE)),
        ({"insured_object": FLAT.model_copy(update={"build_year": 1954})}, "old_building",
         (Risk.LIFE, Risk.TITLE)),
        ({"insured_object": FLAT.model_copy(update={"kind": ObjectKind.GARAGE})}, "object_kind", ()),
        ({"ownership": Ownership(registered=False)}, "title_not_registered",
         (Risk.PROPERTY, Risk.LIFE)),
    ],
    ids=["disease", "disability", "wooden", "old", "garage", "title"],
)  # fmt: skip
def test_what_a_person_has_to_see_can_be_left_out(
    changes: dict[str, object], code: str, without: tuple[Risk, ...]
) -> None:
    decision = decide(whole(**changes))
    assert decision.outcome is Outcome.HUMAN
    assert [finding.code for finding in decision.findings] == [code]
    assert decision.without == without


@pytest.mark.parametrize(("years", "outcome"), [(64, Outcome.PASS), (65, Outcome.HUMAN)])
def test_the_age_is_that_of_the_first_day(years: int, outcome: Outcome) -> None:
    request = whole()
    assert request.borrower is not None
    born = request.start_date.replace(year=request.start_date.year - years)
    borrower = request.borrower.model_copy(update={"birth_date": born})
    assert decide(request.model_copy(update={"borrower": borrower})).outcome is outcome


def test_the_sum_is_counted_with_the_uplift() -> None:
    loan = whole().loan.model_copy(update={"balance": Decimal(14_000_000)})
    assert decide(whole(loan=loan)).outcome is Outcome.PASS
    raised = loan.model_copy(update={"uplift_percent": Decimal(10)})
    assert [f.code for f in decide(whole(loan=raised)).findings] == ["high_sum"]


def test_only_confirmed_statements_are_told() -> None:
    rows = yaml.safe_load((DATA / "terms.yml").read_text("utf-8"))["cooling_off"]
    told = terms.cooling_off_text(ALL)
    for risk in ALL:
        assert terms.cooling_off(risk)
    for row in (row for risk in rows.values() for row in risk):
        assert (row["text"] in told) is (row["tag"] in ("V1", "V2"))
    assert any(row["tag"] == "MEM" for risk in rows.values() for row in risk)


def offer() -> Offer:
    steps = (
        RateStep(code="life_man", op="=", value=Decimal("0.34")),
        RateStep(code="age", op="×", value=Decimal("1.075") ** 5),
        RateStep(code="health", op="×", value=Decimal("1.625")),
    )
    rate = Decimal("0.34") * Decimal("1.075") ** 5 * Decimal("1.625")
    life = CoverPart(
        risk="life", insured_sum=Decimal(3_300_000), rate=rate, premium=Decimal("26174.62"),
        steps=steps,
    )  # fmt: skip
    flat = CoverPart(
        risk="property", insured_sum=Decimal(3_300_000), rate=Decimal("0.10"),
        premium=Decimal(3300), steps=(RateStep(code="flat", op="=", value=Decimal("0.10")),),
    )  # fmt: skip
    return Offer(
        offer_id="1",
        company_code="reso",
        company="РЕСО",
        status=OfferStatus.READY,
        price=Decimal("29474.62"),
        parts=(flat, life),
        declined_parts=(DeclinedPart(risk="title", reason="Компания не страхует титул"),),
    )


def test_a_price_explains_its_sum_its_rates_and_what_raised_it() -> None:
    loan = Loan(bank_code="vtb", bank_name="ВТБ", balance=Decimal(3_000_000))
    text = price.explain(offer(), loan).replace("\u00a0", " ")
    for part in (
        "3 300 000 ₽, остаток долга 3 000 000 ₽ плюс 10 % по требованию банка",
        "Имущество: 3 300 000 ₽ × 0,1 % = 3 300 ₽",
        "базовый тариф для мужчины 0,34 %, возраст × 1,4356",
        "ответы анкеты о здоровье × 1,625",
        "Вместе: 29 474,62 ₽",
        "Не входит: титул",
    ):
        assert part in text
    assert "кур" not in text.lower()


def test_a_renewal_knows_all_but_the_balance_and_the_health() -> None:
    request = whole(start_date=date(2026, 12, 1))
    payload = describe(request, offer())
    begun = renewal.begin(payload, date(2027, 11, 30), today=date(2027, 11, 1))
    assert (begun.start_date, begun.gap) == (date(2027, 12, 1), False)
    assert (begun.data.balance, begun.data.health_ref, begun.data.health) == (None, None, None)
    assert begun.data.agreement_number == request.loan.agreement_number
    assert begun.data.risks == ALL
    assert begun.data.passport == "9912765432"
    late = renewal.begin(payload, date(2027, 11, 30), today=date(2027, 12, 10))
    assert (late.start_date, late.gap) == (date(2027, 12, 11), True)
