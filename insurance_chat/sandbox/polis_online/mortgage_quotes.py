"""Mortgage quotes: every insurer says which risks it takes, for how much, and why not the others."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import Sandbox, sandbox_of
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.insurers import INSURERS, Insurer, license_of
from insurance_chat.sandbox.polis_online.mortgage_checks import check_mortgage
from insurance_chat.sandbox.polis_online.mortgage_insurers import (
    HABITS,
    LIFE,
    PROPERTY,
    TITLE,
    MortgageHabit,
)
from insurance_chat.sandbox.polis_online.mortgage_tariff import (
    UPLIFT_OF_BANK,
    Step,
    full_part,
    insured_sum,
    life_steps,
    property_steps,
    title_steps,
)
from insurance_chat.sandbox.polis_online.opening import open_quote
from insurance_chat.sandbox.polis_online.registry import percent
from insurance_chat.sandbox.polis_online.tariff import full_years
from insurance_chat.sandbox.polis_online.wire import json_body, parse_ru_date, ru_date
from insurance_chat.sandbox.store import Doc

router = APIRouter()

SILENCE_SECONDS = 20.0


@router.post("/mortgage/quotes")
async def create_quote(request: Request, partner: Partner) -> Response:
    """202 with the id to poll."""
    body = await json_body(request)
    sandbox = sandbox_of(request)

    def offers(base: str) -> list[Doc]:
        check_mortgage(body, sandbox.today())
        return _offers(sandbox, body, base)

    return open_quote(request, partner, body, "mortgage", offers, frozenset({"health"}))


def _offers(sandbox: Sandbox, body: Doc, root: str) -> list[Doc]:
    offers = []
    for insurer in INSURERS:
        offer = _priced(sandbox, insurer, body) | {
            "offerId": str(uuid4()),
            "companyCode": insurer.slug,
            "companyName": insurer.name,
            "companyLicense": license_of(insurer.slug),
            "rulesUrl": f"{root}/polis/rules/{insurer.slug}",
        }
        silent = offer["status"] == "error"
        offer["after"] = sandbox.wait_seconds(SILENCE_SECONDS if silent else insurer.answers_after)
        offers.append(offer)
    return sorted(offers, key=lambda offer: offer["after"])


def _priced(sandbox: Sandbox, insurer: Insurer, body: Doc) -> Doc:
    habit = HABITS.get(insurer.slug)
    if habit is None:
        return {"status": "declined", "reason": "Компания не страхует ипотеку онлайн"}
    if insurer.slug in sandbox.behaviour.decline_companies:
        return {"status": "declined", "reason": "Компания не заключает договор на этих условиях"}
    loan = f"{body['loan']['bankName']}:{body['loan']['remainingDebt']}"
    if percent(f"silent:{insurer.slug}:{loan}") < insurer.silent_percent:
        return {"status": "error", "reason": "Страховая компания не ответила вовремя"}
    refused = {risk: reason for risk in body["risks"] if (reason := _refusal(habit, body, risk))}
    parts = [_part(habit, body, risk) for risk in body["risks"] if risk not in refused]
    if not parts:
        return {"status": "declined", "reason": "; ".join(dict.fromkeys(refused.values()))}
    return {
        "status": "ready",
        "price": str(sum(Decimal(part["premium"]) for part in parts)),
        "parts": parts,
        "declinedRisks": [{"risk": risk, "reason": why} for risk, why in refused.items()],
        "reinsurancePool": False,
        "mandatoryExtra": None,
        "minStartDate": ru_date(sandbox.today() + timedelta(days=1)),
    }


def sum_of(body: Doc) -> Decimal:
    """The insured sum of a request: what the partner says of the uplift goes before our table."""
    loan = body["loan"]
    uplift = loan.get("upliftPercent")
    if uplift is None:
        uplift = UPLIFT_OF_BANK.get(loan.get("bankCode") or "", Decimal(0))
    return insured_sum(Decimal(str(loan["remainingDebt"])), Decimal(str(uplift)))


def _part(habit: MortgageHabit, body: Doc, risk: str) -> dict[str, Any]:
    steps = _steps(body, risk)
    if habit.factor != 1:
        steps.append(Step("company", "×", habit.factor))
    return full_part(risk, sum_of(body), steps)


def _steps(body: Doc, risk: str) -> list[Step]:
    if risk == TITLE:
        return title_steps()
    if risk == PROPERTY:
        found = body["property"]
        return property_steps(
            found["kind"], found["buildYear"], wooden=found["woodenFloors"], gas=found["gas"]
        )
    life = body["life"]
    return life_steps(
        life["gender"],
        _age(body),
        dangerous=bool(life.get("dangerousOccupation") or life.get("dangerousSport")),
        health=body["health"],
    )


def _age(body: Doc) -> int:
    born = parse_ru_date(body["life"]["birthDate"])
    start = parse_ru_date(body["policyParameters"]["startDate"])
    assert born is not None
    assert start is not None
    return full_years(born, start)


def _refusal(habit: MortgageHabit, body: Doc, risk: str) -> str | None:
    if risk not in habit.risks:
        return f"Компания не страхует этот риск: {NAMES[risk]}"
    if risk == PROPERTY:
        return _refused_building(habit, body["property"])
    if risk == TITLE and not body["title"]["registered"]:
        return "Титул: право собственности ещё не зарегистрировано"
    return _refused_life(habit, body) if risk == LIFE else None


def _refused_building(habit: MortgageHabit, found: Doc) -> str | None:
    if found["buildYear"] < habit.built_from:
        return f"Имущество: дом построен раньше {habit.built_from} года"
    if found["woodenFloors"] and not habit.wooden:
        return "Имущество: деревянные перекрытия, нужен осмотр"
    return None


def _refused_life(habit: MortgageHabit, body: Doc) -> str | None:
    health = body["health"]
    if health.get("severeDisease") or health.get("disability"):
        return "Жизнь и здоровье: нужно решение специалиста компании"
    if _age(body) > habit.life_until:
        return f"Жизнь и здоровье: компания страхует до {habit.life_until} лет"
    if sum_of(body) > habit.largest_life:
        return "Жизнь и здоровье: на такую сумму нужно медицинское обследование"
    return None


NAMES = {PROPERTY: "имущество", LIFE: "жизнь и здоровье", TITLE: "титул"}
