"""Russian names of the ledger's words, the same on screens and in statements."""

from __future__ import annotations

from insurance_chat.operators.commissions.types import Attention, LineKind, Sign, Status

STATUSES = {
    Status.REVIEW: "На проверке",
    Status.ACCRUED: "Начислена",
    Status.CONFIRMED: "Подтверждена",
    Status.PAID: "Оплачена",
    Status.CANCELLED: "Отменена",
}
KINDS = {
    LineKind.ACCRUAL: "Начисление",
    LineKind.ADJUSTMENT: "Корректировка",
    LineKind.REVERSAL: "Отмена",
}
SIGNS = {
    Sign.PAYMENT_MADE: "В чате говорят об оплате",
    Sign.POLICY_ISSUED: "В чате говорят, что полис оформлен",
    Sign.POLICY_NUMBER: "В чате есть номер полиса",
}
ATTENTION = {
    Attention.NO_RULE: "Нет правила",
    Attention.CANCELLED_AT_INSURER: "Полис отменён у страховой",
}
MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)


def month_name(month: str) -> str:
    """«ноябрь 2026» for `2026-11`."""
    year, _, number = month.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}"
