"""An outside system sells mortgage insurance over the API, against the sandbox insurers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from insurance_chat.core.clock import moscow_today
from insurance_chat.insurance.mortgage.health import HEALTH_CONSENT
from tests.slices.api.conftest import Chat, Staff, Stand

HOLDER = {
    "fullName": "Тестов Пётр Ильич",
    "birthDate": "1991-05-01",
    "passport": "0012 345678",
    "address": "Москва, улица Выдуманная, дом 7",
    "phone": "+79001234567",
    "email": "petr@example.org",
}
LOAN = {
    "bank": "сбер",
    "balance": 3000000,
    "upliftPercent": 0,
    "agreementNumber": "12-345/2021",
    "agreementDate": "2021-04-02",
}
FLAT = {
    "kind": "flat",
    "buildYear": 1996,
    "woodenFloors": False,
    "gas": False,
    "areaM2": 54.2,
    "address": "Москва, улица Выдуманная, дом 7, квартира 12",
}
HEALTH = {
    "consentVersion": HEALTH_CONSENT.version,
    "heightCm": 181,
    "weightKg": 82.5,
    "smoker": True,
    "severeDisease": False,
}
QUOTE, DRAFT, ISSUE = (f"/v1/policies/mortgage/{step}" for step in ("quote", "draft", "issue"))


def question(**more: Any) -> dict[str, Any]:
    """Flat and life of a borrower who smokes."""
    body = {
        "risks": ["property", "life"],
        "loan": LOAN,
        "insuredObject": FLAT,
        "borrower": {"gender": "M"},
        "health": HEALTH,
        "policyholder": HOLDER,
        "startDate": (moscow_today() + timedelta(days=5)).isoformat(),
    }
    return {**body, **more}


async def asked(http: httpx.AsyncClient, who: Any, **more: Any) -> httpx.Response:
    return await http.post(QUOTE, json=question(**more), headers=who.headers, timeout=60)


@pytest.fixture(scope="module")
async def quoted(stand: Stand, agent: Staff) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False, timeout=60) as http:
        answer = await asked(http, agent)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def offer_of(quoted: dict[str, Any], company: str) -> dict[str, Any]:
    return next(one for one in quoted["offers"] if one["companyCode"] == company)


async def drafted(
    http: httpx.AsyncClient, who: Any, quoted: dict[str, Any], company: str
) -> httpx.Response:
    offer = offer_of(quoted, company)
    body = {
        "quoteOffer": {"companyCode": company, "price": offer["price"]},
        "quoteId": quoted["quoteId"],
    }
    return await http.post(DRAFT, json=body, headers=who.headers, timeout=60)


def test_offers_are_compared_by_what_they_cover_and_by_price(quoted: dict[str, Any]) -> None:
    ranks = [(len(one["notCovered"]), one["price"]) for one in quoted["offers"]]
    assert ranks == sorted(ranks)
    assert not quoted["preliminary"]
    for one in quoted["offers"]:
        assert one["price"] == pytest.approx(sum(cover["price"] for cover in one["covers"]))
        assert "уточните в банке" in one["bankNote"]
    assert offer_of(quoted, "reso")["covers"][0] == {
        "risk": "property", "sum": 3000000.0, "price": 3000.0,
    }  # fmt: skip


def test_a_price_explains_itself(quoted: dict[str, Any]) -> None:
    text = offer_of(quoted, "reso")["explanation"]
    assert "остаток долга без надбавки" in text
    assert "ответы анкеты о здоровье × 1,3" in text
    assert "30 календарных дней" in quoted["coolingOff"]
    assert "Страхование залога" in quoted["coolingOff"]


async def test_a_draft_comes_with_its_document_and_becomes_one_policy(
    http: httpx.AsyncClient, agent: Staff, quoted: dict[str, Any]
) -> None:
    made = await drafted(http, agent, quoted, "reso")
    assert made.status_code == 201, made.text
    again = await drafted(http, agent, quoted, "reso")
    assert again.json()["id"] == made.json()["id"]
    payload = made.json()["payload"]
    assert payload["price"] == sum(cover["price"] for cover in payload["covers"])
    assert (await http.get(payload["keyInformationUrl"])).content.startswith(b"%PDF")
    body = {"draftId": made.json()["id"], "paymentToken": "test_1"}
    issued = await http.post(ISSUE, json=body, headers=agent.headers, timeout=60)
    assert issued.status_code == 201, issued.text
    policy = issued.json()
    assert (policy["status"], policy["productType"]) == ("issued", "mortgage")
    assert (await http.get(policy["pdfUrl"])).content.startswith(b"%PDF")
    twice = await http.post(ISSUE, json=body, headers=agent.headers, timeout=60)
    assert twice.json()["id"] == policy["id"]
    as_osago = await http.post("/v1/policies/osago/issue", json=body, headers=agent.headers)
    assert (as_osago.status_code, as_osago.json()["code"]) == (404, "draft_not_found")


async def test_a_binding_price_that_changed_has_to_be_agreed(
    http: httpx.AsyncClient, agent: Staff, quoted: dict[str, Any]
) -> None:
    made = (await drafted(http, agent, quoted, "tinsurance")).json()
    body: dict[str, Any] = {"draftId": made["id"], "paymentToken": "test_2"}
    changed = await http.post(ISSUE, json=body, headers=agent.headers, timeout=60)
    assert (changed.status_code, changed.json()["code"]) == (409, "price_changed")
    body["price"] = made["payload"]["price"]
    issued = await http.post(ISSUE, json=body, headers=agent.headers, timeout=60)
    assert issued.json()["status"] == "issued"


async def test_what_the_risks_need_is_named_and_nothing_else(
    http: httpx.AsyncClient, agent: Staff
) -> None:
    body = {"risks": ["title"], "loan": {"bank": "втб"}}
    answer = await http.post(QUOTE, json=body, headers=agent.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "data_missing")
    fields = {item["field"] for item in answer.json()["details"]["fields"]}
    assert fields == {"loan.balance", "insuredObject.kind", "ownership.registered"}


async def test_without_the_people_the_price_is_preliminary(
    http: httpx.AsyncClient, agent: Staff
) -> None:
    answer = await asked(http, agent, risks=["property"], policyholder={}, borrower={})
    assert answer.status_code == 200, answer.text
    assert answer.json()["preliminary"]
    refused = await drafted(http, agent, answer.json(), "reso")
    assert (refused.status_code, refused.json()["code"]) == (422, "data_missing")
    fields = {item["field"] for item in refused.json()["details"]["fields"]}
    assert "policyholder.passport" in fields


async def test_health_needs_its_own_consent(http: httpx.AsyncClient, agent: Staff) -> None:
    refused = await asked(http, agent, health={**HEALTH, "consentVersion": "yesterday"})
    assert (refused.status_code, refused.json()["code"]) == (403, "health_consent_required")
    answer = await http.get("/v1/policies/mortgage/health-consent", headers=agent.headers)
    assert answer.json()["version"] == refused.json()["details"]["version"]
    assert answer.json()["questions"]["smoker"]
    wrong = await asked(http, agent, health={**HEALTH, "heightCm": 918})
    assert wrong.status_code == 422
    assert "918" not in wrong.text


@pytest.mark.parametrize(
    ("more", "code", "without"),
    [
        ({"health": {**HEALTH, "severeDisease": True}}, "health", ["property"]),
        ({"insuredObject": {**FLAT, "woodenFloors": True}}, "wooden_floors", ["life"]),
        ({"insuredObject": {**FLAT, "kind": "garage"}}, "object_kind", []),
        ({"policyholder": {**HOLDER, "birthDate": "1950-01-01"}}, "age", ["property"]),
        ({"loan": {**LOAN, "balance": 20000000}}, "high_sum", ["property"]),
    ],
    ids=["disease", "wooden", "garage", "age", "sum"],
)
async def test_what_a_person_decides_is_refused_with_what_is_left(
    http: httpx.AsyncClient, agent: Staff, more: dict[str, Any], code: str, without: list[str]
) -> None:
    answer = await asked(http, agent, **more)
    assert (answer.status_code, answer.json()["code"]) == (409, "needs_underwriter")
    details = answer.json()["details"]
    assert [one["code"] for one in details["findings"]] == [code]
    assert details["withoutRisks"] == without
    assert "severeDisease" not in answer.text


async def test_a_client_does_not_see_a_quote_of_others(
    http: httpx.AsyncClient, chat: Chat, quoted: dict[str, Any]
) -> None:
    answer = await drafted(http, chat, quoted, "reso")
    assert (answer.status_code, answer.json()["code"]) == (404, "quote_not_found")


async def test_a_quote_of_one_product_is_not_drafted_as_another(
    http: httpx.AsyncClient, agent: Staff, quoted: dict[str, Any]
) -> None:
    body = {
        "quoteOffer": {"companyCode": "reso"},
        "applicant": {},
        "vehicle": {},
        "quoteId": quoted["quoteId"],
    }
    answer = await http.post("/v1/policies/osago/draft", json=body, headers=agent.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "quote_not_found")
