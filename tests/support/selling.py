"""An outside system that sells any product over the API, and does not give up when nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from insurance_chat.core.clock import moscow_today

PERSON = {
    "fullName": "Петров Пётр Петрович",
    "birthDate": "1984-03-11",
    "passport": "4511 654321",
    "address": "г. Казань, ул. Баумана, д. 1",
    "phone": "+79167654321",
    "email": "petrov@example.com",
}
DRIVER = {
    "docNumber": "99 13 876543",
    "birthDate": "1984-03-11",
    "experienceYears": 15,
    "fullName": "Петров Пётр Петрович",
}
CAR = {
    "plate": "в456ор77",
    "brand": "Kia",
    "model": "Rio",
    "year": 2018,
    "powerHp": 100,
    "document": "9914 123456",
}
FLAT = {
    "kind": "flat",
    "buildYear": 1996,
    "woodenFloors": False,
    "gas": True,
    "areaM2": 61,
    "address": PERSON["address"],
}
LOAN = {
    "bank": "ВТБ",
    "balance": 4120000,
    "agreementNumber": "7-2020",
    "agreementDate": "2020-02-03",
}
Json = dict[str, Any]


def osago() -> tuple[Json, Json]:
    """What is priced, and what the choice of an offer adds."""
    question = {"vehicle": CAR, "regionCode": "16", "drivers": [DRIVER], "owner": PERSON}
    return question, {
        "applicant": {"fullName": PERSON["fullName"]},
        "vehicle": {"plate": "В456ОР77"},
    }


def mortgage() -> tuple[Json, Json]:
    """The same for the flat of a mortgage."""
    question = {
        "risks": ["property"],
        "loan": LOAN,
        "insuredObject": FLAT,
        "policyholder": PERSON,
    }
    return question, {}


SOLD: dict[str, Callable[[], tuple[Json, Json]]] = {"osago": osago, "mortgage": mortgage}


def question_of(product: str) -> tuple[Json, Json]:
    """A question for prices with a start in five days, and what the choice adds."""
    question, choice = SOLD[product]()
    start = (moscow_today() + timedelta(days=5)).isoformat()
    return {**question, "startDate": start}, choice


async def buy(http: httpx.AsyncClient, product: str, *, patience: float) -> str:
    """Buy a policy whatever happens to the server; returns its number.

    Args:
        patience: seconds for each step.
    """
    root, question = f"/v1/policies/{product}", question_of(product)
    opening = {"channel": "web", "channelUserId": str(uuid4())}
    opened = await _patient(
        lambda: http.post("/v1/chat/sessions", json=opening), patience, lambda _: True
    )
    headers = {"Authorization": f"Bearer {opened['accessToken']}"}

    def post(step: str, body: Json) -> Callable[[], Awaitable[httpx.Response]]:
        return lambda: http.post(f"{root}/{step}", json=body, headers=headers, timeout=60)

    quoted = await _patient(post("quote", question[0]), patience, _has_reso)
    offer = next(one for one in quoted["offers"] if one["companyCode"] == "reso")
    choice = {
        **question[1],
        "quoteOffer": {"companyCode": "reso", "price": offer["price"]},
        "quoteId": quoted["quoteId"],
        "offerId": offer["offerId"],
    }
    made = await _patient(post("draft", choice), patience, lambda _: True)
    payment = {"draftId": made["id"], "paymentToken": f"test_{uuid4()}"}
    issued = await _patient(
        post("issue", payment), patience, lambda answer: answer["status"] == "issued"
    )
    return str(issued["number"])


def _has_reso(answer: Json) -> bool:
    return any(one["companyCode"] == "reso" for one in answer["offers"])


async def _patient(
    call: Callable[[], Awaitable[httpx.Response]], patience: float, good: Callable[[Json], bool]
) -> Json:
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    last = "no answer"
    while clock() < deadline:
        try:
            answer = await call()
        except httpx.HTTPError as error:
            last = repr(error)
        else:
            last = f"{answer.status_code} {answer.text[:300]}"
            if answer.status_code < 300 and good(answer.json()):
                return dict(answer.json())
            refused = 400 <= answer.status_code < 500 and answer.status_code != 429
            assert not refused, last
        await asyncio.sleep(0.3)
    raise AssertionError(last)
