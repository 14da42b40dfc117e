"""What is special about mortgages at every insurer adapter: parts of the price, КИД, health answers."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pypdf
import pytest

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.mortgage.types import (
    Borrower,
    InsuredObject,
    Loan,
    ObjectKind,
    Ownership,
    Risk,
)
from insurance_chat.insurance.providers.ports import CoverPart, OfferStatus
from tests.contracts.insurers.cases import (
    FLAT,
    HEALTH,
    LINES,
    key,
    mortgage_request,
    offers,
    paid_draft,
    ready_offer,
)

LINE = LINES["mortgage"]
KOPECK = Decimal("0.01")


@pytest.fixture
def provider(world: Any) -> Any:
    return LINE.of(world.provider)


async def parts(provider: Any, company: str = "reso", **changes: Any) -> dict[str, CoverPart]:
    """Risks of one insurer's offer; `reso` has the formula as it is."""
    found = (await offers(provider, mortgage_request, **changes))[company]
    assert found.price == sum(part.premium for part in found.parts)
    return {part.risk: part for part in found.parts}


def recomputed(part: CoverPart) -> Decimal:
    """The premium from the steps of the rate, as a client with a calculator would do it."""
    rate = Decimal(0)
    for step in part.steps:
        rate = {"=": step.value, "+": rate + step.value, "×": rate * step.value}[step.op]
    assert rate == part.rate
    return (part.insured_sum * rate / 100).quantize(KOPECK, ROUND_HALF_UP)


def born(years: int) -> Any:
    start = mortgage_request().start_date
    return start.replace(year=start.year - years, day=1)


async def test_the_worked_example_of_the_domain_notes(provider: Any) -> None:
    found = await parts(provider)
    assert found["property"].premium == Decimal("3000.00")
    assert found["life"].premium == Decimal("14643.42")
    assert found["life"].rate == Decimal("0.34") * Decimal("1.075") ** 5


async def test_every_price_can_be_computed_from_its_steps(provider: Any) -> None:
    found = await offers(provider, mortgage_request)
    assert len(found) == 15
    ready = [offer for offer in found.values() if offer.status is OfferStatus.READY]
    assert len(ready) >= 12
    for offer in ready:
        assert [recomputed(part) for part in offer.parts] == [p.premium for p in offer.parts]
        assert offer.price == sum(part.premium for part in offer.parts)


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({"wooden_floors": True}, "0.15"),
        ({"build_year": 1969}, "0.13"),
        ({"build_year": 1970}, "0.10"),
        ({"gas": True}, "0.13"),
        ({"wooden_floors": True, "gas": True, "build_year": 1960}, "0.21"),
        ({"kind": ObjectKind.HOUSE, "gas": True, "build_year": 1960}, "0.25"),
        ({"kind": ObjectKind.HOUSE, "wooden_floors": True}, "0.40"),
    ],
    ids=["wooden", "old", "not-old", "gas", "all", "house", "wooden-house"],
)
async def test_the_rate_of_a_building(provider: Any, changes: dict[str, Any], rate: str) -> None:
    found = await parts(provider, insured_object=FLAT.model_copy(update=changes))
    assert found["property"].rate == Decimal(rate)


@pytest.mark.parametrize(
    ("gender", "age", "health", "dangerous", "rate"),
    [
        ("F", 30, {}, False, "0.20"),
        ("M", 30, {}, False, "0.34"),
        ("M", 30, {"smoker": True}, False, "0.442"),
        ("M", 30, {"height_cm": 180, "weight_kg": Decimal("103.68")}, False, "0.425"),
        ("M", 30, {"height_cm": 180, "weight_kg": Decimal("103.67")}, False, "0.34"),
        ("M", 30, {}, True, "0.51"),
        ("F", 20, {}, False, "0.12"),
        ("M", 64, {"smoker": True}, True, "4.0"),
    ],
    ids=["woman", "man", "smoker", "bmi-32", "bmi-below", "danger", "least", "most"],
)
async def test_the_rate_of_a_life(
    provider: Any, gender: str, age: int, health: dict[str, Any], dangerous: bool, rate: str
) -> None:
    borrower = Borrower(
        birth_date=born(age), gender="M" if gender == "M" else "F", dangerous_occupation=dangerous
    )
    answers = HEALTH.model_copy(update=health)
    found = await parts(provider, risks=(Risk.LIFE,), borrower=borrower, health=answers)
    assert found["life"].rate == Decimal(rate)


async def test_the_uplift_raises_the_sum_of_every_risk(provider: Any) -> None:
    loan = mortgage_request().loan.model_copy(update={"uplift_percent": Decimal(10)})
    ownership = Ownership(registered=True)
    risks = (Risk.PROPERTY, Risk.LIFE, Risk.TITLE)
    found = await parts(provider, loan=loan, risks=risks, ownership=ownership)
    assert {part.insured_sum for part in found.values()} == {Decimal("3300000.00")}
    assert found["title"].premium == Decimal("6600.00")


async def test_a_bank_that_nobody_knows_is_priced_without_an_uplift(provider: Any) -> None:
    loan = Loan(bank_code=None, bank_name="Банк «Радуга»", balance=Decimal(1_000_000))
    found = await parts(provider, loan=loan, risks=(Risk.PROPERTY,), policyholder=None)
    assert found["property"].insured_sum == Decimal("1000000.00")


async def test_an_insurer_says_which_risks_it_does_not_take(provider: Any) -> None:
    risks = (Risk.PROPERTY, Risk.LIFE, Risk.TITLE)
    found = await offers(
        provider, mortgage_request, risks=risks, ownership=Ownership(registered=True)
    )
    without = {code: {p.risk for p in offer.declined_parts} for code, offer in found.items()}
    assert without["reso"] == set()
    assert without["tinsurance"] == {"title"}
    assert without["sovcom"] == {"life", "title"}
    assert found["maks"].status is OfferStatus.DECLINED
    assert all(part.reason for offer in found.values() for part in offer.declined_parts)


@pytest.mark.parametrize("answer", ["severe_disease", "disability"])
async def test_a_severe_disease_is_declined_by_all_and_the_flat_is_not(
    provider: Any, answer: str
) -> None:
    health = HEALTH.model_copy(update={answer: True})
    found = await offers(provider, mortgage_request, health=health)
    for offer in found.values():
        assert "life" not in {part.risk for part in offer.parts}
    assert {part.risk for part in found["reso"].parts} == {"property"}
    alone = await offers(provider, mortgage_request, health=health, risks=(Risk.LIFE,))
    assert {offer.status for offer in alone.values()} <= {OfferStatus.DECLINED, OfferStatus.FAILED}


async def test_the_key_information_document_has_the_binding_price(
    provider: Any, world: Any
) -> None:
    await world.behave(price_change_percent="10", price_change_company="reso")
    offer = await ready_offer(provider, request=mortgage_request)
    draft = await provider.create_draft(offer.offer_id, key())
    assert draft.price == sum(part.premium for part in draft.parts)
    assert draft.price == Decimal("19407.76")  # 3 000 and 14 643.42, each ten per cent dearer
    text = text_of(await provider.key_information(draft.draft_id))
    for part in ("КЛЮЧЕВОЙ ИНФОРМАЦИОННЫЙ ДОКУМЕНТ", "19 407,76 руб.", "3 300,00 руб.", "Сбер"):
        assert part in text


async def test_the_policy_names_the_bank_the_agreement_and_each_risk(provider: Any) -> None:
    draft_id = await paid_draft(provider, request=mortgage_request)
    issued = await provider.issue(draft_id, key())
    text = text_of(await provider.policy_pdf(draft_id))
    for part in (
        issued.policy_number, "Сбер", "№ 12-345/2021", "Жизнь и здоровье", "14 643,42 руб.",
        "17 643,42 руб.", "0,4881", "Не является договором страхования",
    ):  # fmt: skip
        assert part in text


async def test_osago_has_no_key_information_document(world: Any) -> None:
    draft_id = await paid_draft(world.provider)
    with pytest.raises(ServiceError) as caught:
        await world.provider.key_information(draft_id)
    assert caught.value.kind is Kind.NOT_FOUND


async def test_a_draft_of_one_product_is_not_there_for_the_other(provider: Any, world: Any) -> None:
    draft_id = await paid_draft(provider, request=mortgage_request)
    for call in (world.provider.status, world.provider.policy_pdf):
        with pytest.raises(ServiceError) as caught:
            await call(draft_id)
        assert caught.value.kind is Kind.NOT_FOUND


async def test_a_preliminary_price_cannot_be_drafted(provider: Any) -> None:
    asked = LINE.request(policyholder=None)
    found = await provider.quotes(await provider.request_quotes(asked, key()))
    offer = next(one for one in found.offers if one.company_code == "reso")
    with pytest.raises(ServiceError) as caught:
        await provider.create_draft(offer.offer_id, key())
    assert caught.value.data["fields"] == [
        {"name": "policyholder", "message": "Страхователь: нужны его данные"}
    ]


async def test_a_refused_application_names_its_fields_in_our_words(provider: Any) -> None:
    wrong = mortgage_request(
        loan=mortgage_request().loan.model_copy(update={"balance": Decimal(0)}),
        insured_object=InsuredObject(kind=ObjectKind.GARAGE, build_year=1500),
    )
    with pytest.raises(ServiceError) as caught:
        await provider.request_quotes(wrong, key())
    names = {item["name"] for item in caught.value.data["fields"]}
    assert {"loan.balance", "insuredObject.kind", "insuredObject.buildYear"} <= names


async def test_the_trace_has_no_word_of_the_health_answers(provider: Any, world: Any) -> None:
    health = HEALTH.model_copy(
        update={"height_cm": 187, "weight_kg": Decimal("113.7"), "smoker": True}
    )
    await offers(provider, mortgage_request, health=health)
    trace = json.dumps([asdict(one) for one in world.trace], ensure_ascii=False)
    assert '"health": "***"' in trace
    for word in ("113.7", "smoker", "severeDisease", "heightCm", "1.625", "× 1.3"):
        assert word not in trace
    for word in ("Тестов", "9912765432", "12-345/2021", "+79001234567"):
        assert word not in trace


async def test_the_sandbox_does_not_keep_the_health_answers(provider: Any, world: Any) -> None:
    health = HEALTH.model_copy(update={"weight_kg": Decimal("113.7")})
    offer = (await offers(provider, mortgage_request, health=health))["reso"]
    await provider.create_draft(offer.offer_id, key())
    kept = (await world.control.get("/control/drafts")).text
    assert "loan" in kept
    assert "113.7" not in kept


def text_of(pdf: bytes) -> str:
    """Text of all pages, spaces as spaces."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text() for page in pages).replace("\u00a0", " ")
