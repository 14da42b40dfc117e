"""Figures of a period, with what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from insurance_chat.conversations.overview.filters import start_of

ZERO = Decimal("0.00")
LONGEST = 3 * 366  # days
DAYS_SHOWN = 45  # a longer period is drawn by weeks
WEEKS_SHOWN = 200  # days; a still longer one is drawn by months


class Step(StrEnum):
    """What one point of a chart stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Moscow dates, both included."""

    since: date
    until: date

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return start_of(self.since)

    @property
    def ends(self) -> datetime:
        """The moment after the last one."""
        return start_of(self.until + timedelta(days=1))

    @property
    def step(self) -> Step:
        """What one point of a chart stands for in a period of this length."""
        days = (self.until - self.since).days + 1
        if days <= DAYS_SHOWN:
            return Step.DAY
        return Step.WEEK if days <= WEEKS_SHOWN else Step.MONTH

    def points(self) -> list[date]:
        """First days of the parts that a chart shows."""
        found = [_first_day(self.since, self.step)]
        while (following := _next(found[-1], self.step)) <= self.until:
            found.append(following)
        return found


def _first_day(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def _next(day: date, step: Step) -> date:
    if step is Step.MONTH:
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if step is Step.WEEK else 1)


def named_period(name: str, today: date) -> Period | None:
    """A usual period that ends today.

    Args:
        name: `day` is today; `week` and `month` begin on Monday and on the first; None for others.
    """
    if name not in set(Step):
        return None
    return Period(_first_day(today, Step(name)), today)


@dataclass(frozen=True, slots=True)
class HandoverFigures:
    """Work of humans.

    Args:
        requests: how many times a client waited for a human, transfers and lost agents included;
            of an agent: those that the agent took or was asked for by name.
        claimed: requests that were taken.
        missed: requests that ended and nobody came; of an agent: those for them by name that ended
            or went to somebody else.
        claim_median, claim_p90: seconds from the request until an agent joined; half (nine of ten)
            waited no longer; None without any.
        reply_median, reply_p90: seconds from the request until the agent's first words.
        handled: different chats that a human led, those that an agent joined unasked included.
        transfers: chats passed on to a colleague.
    """

    requests: int = 0
    claimed: int = 0
    missed: int = 0
    claim_median: float | None = None
    claim_p90: float | None = None
    reply_median: float | None = None
    reply_p90: float | None = None
    handled: int = 0
    transfers: int = 0


@dataclass(frozen=True, slots=True)
class SaleFigures:
    """Sales.

    Args:
        policies: issued in the period; of an agent: with them or for their own clients.
        premium: roubles of these policies.
        commission: roubles booked in the period, cancellations subtracted.
    """

    policies: int = 0
    premium: Decimal = ZERO
    commission: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ChatFigures:
    """The way of clients.

    Args:
        chats: begun in the period, with at least one message of the client.
        alone: of these, those that never asked for a human.
        quoted: of these, those with a calculation of the price.
        sold: of these, those with an issued policy.
    """

    chats: int = 0
    alone: int = 0
    quoted: int = 0
    sold: int = 0

    @property
    def alone_share(self) -> float | None:
        """Share of chats that the assistant led alone, 0..1; None without chats."""
        return self.alone / self.chats if self.chats else None

    @property
    def quoted_share(self) -> float | None:
        """Share of chats that came to a price, 0..1."""
        return self.quoted / self.chats if self.chats else None

    @property
    def sold_share(self) -> float | None:
        """Share of chats that came to a policy, 0..1."""
        return self.sold / self.chats if self.chats else None


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """What one member of staff has done."""

    id: UUID
    name: str
    work: HandoverFigures
    sales: SaleFigures


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """What came through one channel; an empty one for what is not of a chat any more."""

    channel: str
    work: HandoverFigures
    sales: SaleFigures
    chats: ChatFigures


@dataclass(frozen=True, slots=True)
class Point:
    """One part of a period on a chart, named by its first day."""

    day: date
    chats: int
    requests: int
    claimed: int
    policies: int


@dataclass(frozen=True, slots=True)
class Overall:
    """The whole service in a period."""

    total: ChannelFigures
    agents: list[AgentFigures]
    channels: list[ChannelFigures]
    points: list[Point]
