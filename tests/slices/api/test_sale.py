"""An outside system sells a policy over the API, against the sandbox insurer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from insurance_chat.core.clock import moscow_today
from tests.slices.api.conftest import Chat, Staff, Stand

OWNER = {
    "fullName": "Иванов Иван Иванович",
    "birthDate": "1985-04-12",
    "passport": "4510 123456",
    "address": "г. Казань, ул. Баумана, д. 1",
    "phone": "+79161234567",
    "email": "ivanov@example.com",
}
DRIVER = {
    "docNumber": "99 12 345678",
    "birthDate": "1985-04-12",
    "experienceYears": 15,
    "fullName": "Иванов Иван Иванович",
}
CAR = {
    "plate": "а123вс77",
    "brand": "Kia",
    "model": "Rio",
    "year": 2018,
    "powerHp": 100,
    "document": "9912 345678",
}


def question(**more: Any) -> dict[str, Any]:
    start = (moscow_today() + timedelta(days=5)).isoformat()
    body = {"vehicle": CAR, "regionCode": "77", "drivers": [DRIVER], "owner": OWNER}
    return {**body, "startDate": start, **more}


@pytest.fixture(scope="module")
async def quoted(stand: Stand, agent: Staff) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False, timeout=60) as http:
        answer = await http.post("/v1/policies/osago/quote", json=question(), headers=agent.headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def draft(http: httpx.AsyncClient, agent: Staff, quoted: dict[str, Any], place: int) -> Any:
    offer = quoted["offers"][place]
    body = {
        "quoteOffer": {"companyCode": offer["companyCode"], "price": offer["price"]},
        "applicant": {"fullName": OWNER["fullName"], "email": OWNER["email"]},
        "vehicle": {"plate": "А123ВС77"},
    }
    return await http.post("/v1/policies/osago/draft", json=body, headers=agent.headers)


def test_offers_come_cheapest_first(quoted: dict[str, Any]) -> None:
    prices = [offer["price"] for offer in quoted["offers"]]
    assert prices == sorted(prices)
    assert len(prices) >= 3
    assert {offer["currency"] for offer in quoted["offers"]} == {"RUB"}


async def test_what_is_missing_for_a_price_is_named(http: httpx.AsyncClient, agent: Staff) -> None:
    body = {"vehicle": {"vin": "XTA21099012345678"}, "regionCode": "77"}
    answer = await http.post("/v1/policies/osago/quote", json=body, headers=agent.headers)
    assert answer.status_code == 422
    refusal = answer.json()
    assert refusal["code"] == "data_missing"
    fields = {item["field"] for item in refusal["details"]["fields"]}
    assert {"owner.passport", "owner.email", "drivers", "vehicle.powerHp"} <= fields


async def test_a_draft_is_paid_and_becomes_a_policy(
    http: httpx.AsyncClient, agent: Staff, quoted: dict[str, Any]
) -> None:
    made = await draft(http, agent, quoted, 0)
    assert made.status_code == 201, made.text
    again = await draft(http, agent, quoted, 0)
    assert again.json()["id"] == made.json()["id"]
    body: dict[str, Any] = {"draftId": made.json()["id"], "paymentToken": "test_1"}
    price = made.json()["payload"]["price"]
    if price != quoted["offers"][0]["price"]:
        changed = await http.post("/v1/policies/osago/issue", json=body, headers=agent.headers)
        assert (changed.status_code, changed.json()["code"]) == (409, "price_changed")
        body["price"] = price
    issued = await http.post("/v1/policies/osago/issue", json=body, headers=agent.headers)
    assert issued.status_code == 201, issued.text
    policy = issued.json()
    assert policy["status"] == "issued", policy
    assert (await http.get(policy["pdfUrl"])).content.startswith(b"%PDF")
    read = (await http.get(f"/v1/policies/{policy['id']}", headers=agent.headers)).json()
    assert read["number"] == policy["number"]
    listed = (await http.get("/v1/policies", headers=agent.headers)).json()["items"]
    assert [one["id"] for one in listed] == [policy["id"]]
    twice = await http.post("/v1/policies/osago/issue", json=body, headers=agent.headers)
    assert twice.json()["id"] == policy["id"]


async def test_a_token_that_is_no_money_is_refused(
    http: httpx.AsyncClient, agent: Staff, quoted: dict[str, Any]
) -> None:
    made = (await draft(http, agent, quoted, 1)).json()
    body = {"draftId": made["id"], "paymentToken": "fake", "price": made["payload"]["price"]}
    refused = await http.post("/v1/policies/osago/issue", json=body, headers=agent.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_not_found")
    pending = (await http.get(f"/v1/policies/{made['id']}", headers=agent.headers)).json()
    assert pending["status"] == "pending"
    assert "pdfUrl" not in pending


async def test_a_price_of_yesterday_is_refused(
    http: httpx.AsyncClient, agent: Staff, quoted: dict[str, Any]
) -> None:
    offer = quoted["offers"][0]
    body = {
        "quoteOffer": {"companyCode": offer["companyCode"], "price": 1},
        "applicant": {},
        "vehicle": {"plate": "А123ВС77"},
    }
    answer = await http.post("/v1/policies/osago/draft", json=body, headers=agent.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "price_changed")
    assert answer.json()["details"] == {"price": offer["price"]}


async def test_a_client_does_not_see_a_quote_of_others(
    http: httpx.AsyncClient, chat: Chat, quoted: dict[str, Any]
) -> None:
    offer = quoted["offers"][0]
    body = {
        "quoteOffer": {"companyCode": offer["companyCode"]},
        "applicant": {},
        "vehicle": {"plate": "А123ВС77"},
        "quoteId": quoted["quoteId"],
    }
    answer = await http.post("/v1/policies/osago/draft", json=body, headers=chat.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "quote_not_found")


async def test_an_unsigned_notice_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/hooks/polis_online", json={"type": "payment.succeeded"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


async def test_the_page_after_payment_sends_the_client_back_to_the_chat(
    http: httpx.AsyncClient,
) -> None:
    page = await http.get("/pay/return?paymentToken=a%00&draftId=<script>")
    assert page.status_code == 200
    assert "Вернитесь в чат" in page.text
    assert "<script>" not in page.text
    refused = await http.get("/pay/return?paymentRefused=1&draftId=x")
    assert "Оплата не прошла" in refused.text


async def test_the_data_of_the_agreed_contract_alone_get_preliminary_prices(
    http: httpx.AsyncClient, agent: Staff
) -> None:
    body = {
        "vehicle": {"plate": "А123ВС77", "brand": "Renault", "model": "Logan", "year": 2017},
        "drivers": [{"docNumber": "9912345678", "birthDate": "1985-03-12", "experienceYears": 15}],
        "regionCode": "77",
    }
    answer = await http.post("/v1/policies/osago/quote", json=body, headers=agent.headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["preliminary"] is True
    assert len(found["offers"]) >= 3
    assert all(offer["price"] > 0 for offer in found["offers"])
    wish = {
        "quoteOffer": {"companyCode": found["offers"][0]["companyCode"]},
        "applicant": {"fullName": "Тестов Пётр Ильич"},
        "vehicle": {"plate": "А123ВС77"},
        "quoteId": found["quoteId"],
    }
    refused = await http.post("/v1/policies/osago/draft", json=wish, headers=agent.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "data_missing")
    fields = {item["field"] for item in refused.json()["details"]["fields"]}
    assert {"owner.passport", "vehicle.document"} <= fields


async def test_a_price_without_drivers_is_one_for_everybody(
    http: httpx.AsyncClient, agent: Staff
) -> None:
    body = {"vehicle": {"plate": "А123ВС77"}, "regionCode": "77"}
    answer = await http.post("/v1/policies/osago/quote", json=body, headers=agent.headers)
    assert answer.status_code == 200, answer.text
    assert "КО 3.16" in answer.json()["offers"][0]["details"]
