"""The insured sum, and «почему столько?»: what an insurer's price consists of. Pure.

The price is always the insurer's; nothing is computed here but the sum that is asked for.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from insurance_chat.core.money import format_rub, to_kopecks
from insurance_chat.insurance.mortgage.types import Loan, Risk
from insurance_chat.insurance.providers.ports import CoverPart, Offer

RISK_NAMES = {
    Risk.PROPERTY: "имущество",
    Risk.LIFE: "жизнь и здоровье",
    Risk.TITLE: "титул",
}
#: Step of a rate → how the client reads it. What raised the price by the health questionnaire is one
#: step without its reasons: the text stands in the chat, which an agent may read.
_STEPS = {
    "flat": "базовый тариф для квартиры",
    "house": "базовый тариф для дома",
    "wooden": "деревянные перекрытия",
    "old": "возраст дома",
    "gas": "газ",
    "title": "базовый тариф по титулу",
    "life_man": "базовый тариф для мужчины",
    "life_woman": "базовый тариф для женщины",
    "age": "возраст",
    "danger": "профессия или спорт",
    "health": "ответы анкеты о здоровье",
    "limit": "предел тарифа компании",
    "company": "тариф компании",
    "checked": "уточнение компании после проверки",
}


def insured_sum(loan: Loan) -> Decimal:
    """The outstanding balance with what the bank wants above it, roubles; an unknown uplift is none."""
    return to_kopecks(loan.balance * (1 + (loan.uplift_percent or Decimal(0)) / 100))


def age_on(born: date, on: date) -> int:
    """Full years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def risk_name(code: str) -> str:
    """«жизнь и здоровье»; the code itself for a risk that we do not know."""
    return next((name for risk, name in RISK_NAMES.items() if risk.value == code), code)


def explain(offer: Offer, loan: Loan) -> str:
    """Why an offer costs what it costs: sum, uplift, the rate of each risk and what changed it."""
    lines = [_sum_line(offer, loan)]
    for part in offer.parts:
        lines.append(
            f"{risk_name(part.risk).capitalize()}: {format_rub(part.insured_sum)} × "
            f"{_number(part.rate)} % = {format_rub(part.premium)}. {_steps(part)}"
        )
    if offer.price is not None and len(offer.parts) > 1:
        lines.append(f"Вместе: {format_rub(offer.price)} за год.")
    for declined in offer.declined_parts:
        lines.append(f"Не входит: {risk_name(declined.risk)}. {declined.reason}.")
    return "\n".join(lines)


def _sum_line(offer: Offer, loan: Loan) -> str:
    total = offer.parts[0].insured_sum if offer.parts else insured_sum(loan)
    if total == to_kopecks(loan.balance):
        return f"Страховая сумма: {format_rub(total)}, остаток долга без надбавки."
    percent = _number((total / loan.balance - 1) * 100)
    return (
        f"Страховая сумма: {format_rub(total)}, остаток долга {format_rub(loan.balance)} "
        f"плюс {percent} % по требованию банка."
    )


def _steps(part: CoverPart) -> str:
    said = []
    for step in part.steps:
        name = _STEPS.get(step.code, step.code)
        sign = {"=": f"{_number(step.value)} %", "+": f"+{_number(step.value)} %"}
        said.append(f"{name} {sign.get(step.op, f'× {_number(step.value)}')}")
    return f"Тариф: {', '.join(said)}." if said else ""


def _number(value: Decimal) -> str:
    shown = f"{value.quantize(Decimal('0.0001')).normalize():f}"
    return shown.replace(".", ",")
