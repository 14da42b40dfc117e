"""Moves and corrections of entries. Money only by new lines, so totals always add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.money import KOPECK
from insurance_chat.core.principal import Principal
from insurance_chat.operators.commissions.models import (
    Commission,
    CommissionChange,
    CommissionLine,
)
from insurance_chat.operators.commissions.repository import LedgerRepository
from insurance_chat.operators.commissions.types import ALLOWED, LineKind, Status

MOST = Decimal("10000000.00")
LONGEST_COMMENT = 500
MOST_AT_ONCE = 500


async def move(
    unit: Unit, entry: Commission, to: Status, *, user_id: int | None = None, comment: str = ""
) -> None:
    """Move a locked entry and remember who did it; a cancellation takes its money back by a line.

    Args:
        user_id: the member of staff, None for the service itself.

    Raises:
        ServiceError: `transition_not_allowed`.
    """
    before = Status(entry.status)
    if to not in ALLOWED[before]:
        raise ServiceError(
            "transition_not_allowed",
            Kind.CONFLICT,
            "Из этого статуса так перевести нельзя. Обновите страницу.",
            status=before.value,
            wanted=to.value,
        )
    if to is Status.CANCELLED:
        await _reverse(unit, entry, user_id)
    elif to is Status.PAID:
        entry.paid_on = moscow_today()
    entry.status, entry.attention = to.value, None
    await remember(unit, entry, before, user_id=user_id, comment=comment)


async def remember(
    unit: Unit,
    entry: Commission,
    before: Status | None,
    *,
    user_id: int | None = None,
    comment: str = "",
) -> None:
    """Append to the history that an entry now stands where it stands."""
    change = CommissionChange(
        commission_id=entry.id,
        user_id=user_id,
        from_status=before.value if before is not None else None,
        to_status=entry.status,
        comment=unit.cipher.seal(comment) if comment else None,
    )
    await LedgerRepository(unit, entry.tenant_id).add_change(change)


async def _reverse(unit: Unit, entry: Commission, user_id: int | None) -> None:
    repository = LedgerRepository(unit, entry.tenant_id)
    amount = await repository.amount(entry.id)
    if amount:
        await repository.add_line(
            CommissionLine(
                commission_id=entry.id,
                kind=LineKind.REVERSAL.value,
                amount=-amount,
                user_id=user_id,
                booked_on=moscow_today(),
            )
        )


async def confirm(unit: Unit, principal: Principal, commission_id: UUID) -> None:
    """The administrator confirms an accrued entry as it is, a zero included.

    Raises:
        ServiceError: `forbidden`, `commission_not_found`, `transition_not_allowed`, `needs_amount`.
    """
    entry = await _managed(unit, principal, commission_id)
    if entry.status == Status.REVIEW.value:
        raise invalid("needs_amount", "Укажите сумму комиссии.")
    await move(unit, entry, Status.CONFIRMED, user_id=principal.user_id)
    await _audit(unit, principal, "confirmed", entry)


async def accept(
    unit: Unit, principal: Principal, commission_id: UUID, amount: Decimal, comment: str = ""
) -> None:
    """A sign in a chat was right: the agent owes so many roubles for a sale outside the service.

    Raises:
        ServiceError: `forbidden`, `commission_not_found`, `transition_not_allowed`, `amount_wrong`,
            `comment_too_long`.
    """
    entry = await _managed(unit, principal, commission_id)
    _check_amount(amount)
    _check_comment(comment)
    if amount <= 0:
        raise _wrong_amount()
    if entry.status != Status.REVIEW.value:
        raise ServiceError(
            "transition_not_allowed",
            Kind.CONFLICT,
            "Эта запись уже разобрана.",
            status=entry.status,
        )
    await _add(unit, principal, entry, LineKind.ACCRUAL, amount, comment)
    await move(unit, entry, Status.CONFIRMED, user_id=principal.user_id, comment=comment)
    await _audit(unit, principal, "accepted", entry, amount=str(amount))


async def cancel(unit: Unit, principal: Principal, commission_id: UUID, reason: str) -> None:
    """Nothing is owed (any more): a policy was cancelled, or a sign was wrong.

    Raises:
        ServiceError: `forbidden`, `commission_not_found`, `transition_not_allowed`,
            `comment_needed`, `comment_too_long`.
    """
    entry = await _managed(unit, principal, commission_id)
    reason = _needed(reason)
    await move(unit, entry, Status.CANCELLED, user_id=principal.user_id, comment=reason)
    await _audit(unit, principal, "cancelled", entry, reason=reason)


async def adjust(
    unit: Unit, principal: Principal, commission_id: UUID, difference: Decimal, reason: str
) -> None:
    """Correct what is owed by a new line, up or down; an entry never goes below zero.

    Args:
        difference: roubles to add; negative takes away.

    Raises:
        ServiceError: `forbidden`, `commission_not_found`, `not_adjustable`, `amount_wrong`,
            `amount_negative`, `comment_needed`, `comment_too_long`.
    """
    entry = await _managed(unit, principal, commission_id)
    _check_amount(difference)
    reason = _needed(reason)
    if entry.status not in (Status.ACCRUED.value, Status.CONFIRMED.value):
        raise ServiceError(
            "not_adjustable",
            Kind.CONFLICT,
            "Изменить сумму можно только до оплаты и отмены.",
            status=entry.status,
        )
    now = await LedgerRepository(unit, entry.tenant_id).amount(entry.id)
    if now + difference < 0:
        raise invalid("amount_negative", "Комиссия не может стать меньше нуля.")
    await _add(unit, principal, entry, LineKind.ADJUSTMENT, difference, reason)
    entry.attention = None
    await _audit(unit, principal, "adjusted", entry, difference=str(difference), reason=reason)


async def pay(
    unit: Unit, principal: Principal, commission_ids: Sequence[UUID], comment: str = ""
) -> int:
    """The agents have paid for these entries: all are marked or none.

    Returns:
        How many were marked.

    Raises:
        ServiceError: `forbidden`, `nothing_chosen`, `commission_not_found`,
            `transition_not_allowed`, `comment_too_long`.
    """
    access.require(principal, Permission.MANAGE_COMMISSIONS)
    _check_comment(comment)
    wanted = set(commission_ids)
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise invalid("nothing_chosen", f"Отметьте от одной до {MOST_AT_ONCE} записей.")
    entries = await LedgerRepository(unit, principal.tenant_id).locked(list(wanted))
    if len(entries) != len(wanted):
        raise _missing()
    for entry in entries:
        await move(unit, entry, Status.PAID, user_id=principal.user_id, comment=comment)
        await _audit(unit, principal, "paid", entry)
    return len(entries)


async def _managed(unit: Unit, principal: Principal, commission_id: UUID) -> Commission:
    access.require(principal, Permission.MANAGE_COMMISSIONS)
    found = await LedgerRepository(unit, principal.tenant_id).locked([commission_id])
    if not found:
        raise _missing()
    return found[0]


async def _add(
    unit: Unit,
    principal: Principal,
    entry: Commission,
    kind: LineKind,
    amount: Decimal,
    comment: str,
) -> None:
    await LedgerRepository(unit, entry.tenant_id).add_line(
        CommissionLine(
            commission_id=entry.id,
            kind=kind.value,
            amount=amount,
            comment=unit.cipher.seal(comment) if comment else None,
            user_id=principal.user_id,
            booked_on=moscow_today(),
        )
    )


async def _audit(
    unit: Unit, principal: Principal, verb: str, entry: Commission, **details: str
) -> None:
    target = f"commission:{entry.public_id}"
    await audit.record(unit, principal, f"commission.{verb}", target, details or None)


def _check_amount(amount: Decimal) -> None:
    fits = amount.is_finite() and amount != 0 and abs(amount) <= MOST
    if not fits or amount != amount.quantize(KOPECK):
        raise _wrong_amount()


def _wrong_amount() -> ServiceError:
    return invalid("amount_wrong", "Укажите сумму в рублях, не больше двух знаков после запятой.")


def _needed(comment: str) -> str:
    if not comment.strip():
        raise invalid("comment_needed", "Напишите причину.")
    _check_comment(comment)
    return comment.strip()


def _check_comment(comment: str) -> None:
    if len(comment) > LONGEST_COMMENT:
        raise invalid("comment_too_long", f"Комментарий: не длиннее {LONGEST_COMMENT} символов.")


def _missing() -> ServiceError:
    return not_found("commission_not_found", "Запись о комиссии не найдена.")
