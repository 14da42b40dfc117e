"""Statistics: the administrator's of everybody, an agent's of their own work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.models import User
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.statistics.repository import StatisticsRepository
from insurance_chat.operators.statistics.types import (
    LONGEST,
    ZERO,
    AgentFigures,
    ChannelFigures,
    ChatFigures,
    HandoverFigures,
    Overall,
    Period,
    Point,
    SaleFigures,
)

_NO_WORK, _NO_CHATS = HandoverFigures(), ChatFigures()


async def overall(unit: Unit, principal: Principal, period: Period) -> Overall:
    """All figures of a period, for the administrator.

    Raises:
        ServiceError: `forbidden`; `period_wrong` for a period that ends before it begins or is
            longer than three years.
    """
    access.require(principal, Permission.READ_ALL_RESULTS)
    _check(period)
    repository = StatisticsRepository(unit, principal.tenant_id, period)
    channels = await _channels(repository)
    return Overall(
        total=_total(channels, await repository.work()),
        agents=await _agents(repository, everybody=False),
        channels=channels,
        points=await _points(repository, period),
    )


async def own(unit: Unit, principal: Principal, period: Period) -> AgentFigures:
    """What the caller has done in a period.

    Raises:
        ServiceError: `forbidden` for a client; `period_wrong`; `agent_not_found`.
    """
    access.require(principal, Permission.READ_OWN_RESULTS)
    _check(period)
    repository = StatisticsRepository(unit, principal.tenant_id, period, principal.user_id or 0)
    found = await _agents(repository, everybody=True)
    if not found:
        raise not_found("agent_not_found", "Агент не найден.")
    return found[0]


def _check(period: Period) -> None:
    if not 0 <= (period.until - period.since).days < LONGEST:
        raise invalid("period_wrong", "Проверьте период: не больше трёх лет, начало раньше конца.")


async def _agents(repository: StatisticsRepository, *, everybody: bool) -> list[AgentFigures]:
    work = await repository.work_by_agent()
    not_taken = await repository.not_taken()
    policies = await repository.policies_by_agent()
    booked = await repository.commission_by_agent()
    busy = work.keys() | not_taken.keys() | policies.keys() | booked.keys()
    return [
        AgentFigures(
            user.public_id,
            user.name,
            _with_missed(work.get(user.id, _NO_WORK), not_taken.get(user.id, (0, 0))),
            _sales(policies.get(user.id), booked.get(user.id)),
        )
        for user in await repository.staff()
        if everybody or _shown(user, busy)
    ]


def _shown(user: User, busy: Iterable[int]) -> bool:
    """Agents always, administrators and blocked ones only when they have done something."""
    return user.id in busy or (user.role == Role.AGENT.value and user.blocked_at is None)


def _with_missed(taken: HandoverFigures, not_taken: tuple[int, int]) -> HandoverFigures:
    asked, over = not_taken
    return replace(taken, requests=taken.requests + asked, missed=over)


def _sales(policies: tuple[int, Decimal] | None, booked: Decimal | None) -> SaleFigures:
    count, premium = policies or (0, ZERO)
    return SaleFigures(count, premium, booked if booked is not None else ZERO)


async def _channels(repository: StatisticsRepository) -> list[ChannelFigures]:
    work = await repository.work_by_channel()
    policies = await repository.policies_by_channel()
    booked = await repository.commission_by_channel()
    chats = await repository.chats_by_channel()
    names = work.keys() | policies.keys() | booked.keys() | chats.keys()
    return [
        ChannelFigures(
            name,
            work.get(name, _NO_WORK),
            _sales(policies.get(name), booked.get(name)),
            chats.get(name, _NO_CHATS),
        )
        for name in sorted(names, key=lambda name: (name == "", name))
    ]


def _total(channels: list[ChannelFigures], work: HandoverFigures) -> ChannelFigures:
    return ChannelFigures(
        "",
        work,
        SaleFigures(
            sum(one.sales.policies for one in channels),
            sum((one.sales.premium for one in channels), ZERO),
            sum((one.sales.commission for one in channels), ZERO),
        ),
        ChatFigures(
            sum(one.chats.chats for one in channels),
            sum(one.chats.alone for one in channels),
            sum(one.chats.quoted for one in channels),
            sum(one.chats.sold for one in channels),
        ),
    )


async def _points(repository: StatisticsRepository, period: Period) -> list[Point]:
    chats = await repository.chats_by_day()
    requests = await repository.requests_by_day()
    policies = await repository.policies_by_day()
    return [
        Point(day, chats.get(day, 0), *requests.get(day, (0, 0)), policies.get(day, 0))
        for day in period.points()
    ]
