"""Every figure against rows counted by hand; nobody sees what is not theirs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.statistics import service
from insurance_chat.operators.statistics.types import (
    AgentFigures,
    ChannelFigures,
    ChatFigures,
    HandoverFigures,
    Overall,
    Period,
    Point,
    SaleFigures,
    Step,
    named_period,
)
from tests.slices.operators.statistics.conftest import DAY, History, company

ONE_DAY = Period(DAY, DAY)


async def overall(history: History, period: Period = ONE_DAY) -> Overall:
    async with history.db.unit() as unit:
        return await service.overall(unit, history.people["Главная"], period)


async def own(history: History, name: str, period: Period = ONE_DAY) -> AgentFigures:
    async with history.db.unit() as unit:
        return await service.own(unit, history.people[name], period)


def of_agent(found: Overall, name: str) -> AgentFigures:
    return next(agent for agent in found.agents if agent.name == name)


def of_channel(found: Overall, name: str) -> ChannelFigures:
    return next(channel for channel in found.channels if channel.channel == name)


async def test_work_of_an_agent(history: History) -> None:
    anna = of_agent(await overall(history), "Анна")

    # Took three requests; two more were for her by name: one ended, one went to a colleague.
    assert (anna.work.requests, anna.work.claimed, anna.work.missed) == (5, 3, 2)
    assert anna.work.handled == 2
    assert anna.work.transfers == 1
    # To claim 10, 20 and 120 s, to the first words 40 and 60 s.
    assert anna.work.claim_median == 20
    assert anna.work.claim_p90 == pytest.approx(100)
    assert anna.work.reply_median == 50
    assert anna.work.reply_p90 == pytest.approx(58)


async def test_coming_unasked_is_work_but_not_a_request(history: History) -> None:
    boris = of_agent(await overall(history), "Борис")

    assert (boris.work.requests, boris.work.claimed, boris.work.missed) == (2, 2, 0)
    assert boris.work.handled == 3
    assert (boris.work.claim_median, boris.work.reply_median) == (45, 195)


async def test_sales_of_agents(history: History) -> None:
    found = await overall(history)

    assert of_agent(found, "Анна").sales == SaleFigures(1, Decimal("5000.00"), Decimal("500.00"))
    assert of_agent(found, "Борис").sales == SaleFigures(1, Decimal("1000.00"), Decimal("-50.25"))


async def test_channels(history: History) -> None:
    found = await overall(history)

    web, telegram = of_channel(found, "web"), of_channel(found, "telegram")
    assert (web.work.requests, web.work.claimed, web.work.missed) == (4, 4, 0)
    assert (telegram.work.requests, telegram.work.claimed, telegram.work.missed) == (2, 1, 1)
    # Four chats of the site with a message: one without any human, two with a price, two sold.
    assert web.chats == ChatFigures(4, 1, 2, 2)
    assert telegram.chats == ChatFigures(2, 0, 1, 0)
    assert (web.chats.alone_share, web.chats.sold_share) == (0.25, 0.5)
    assert telegram.chats.quoted_share == 0.5
    assert web.sales == SaleFigures(2, Decimal("8000.50"), Decimal("500.00"))
    assert of_channel(found, "").sales == SaleFigures(1, Decimal("1000.00"), Decimal("-50.25"))


async def test_totals_are_those_of_the_parts(history: History) -> None:
    found = await overall(history)

    assert found.total.sales == SaleFigures(3, Decimal("9000.50"), Decimal("449.75"))
    assert found.total.chats == ChatFigures(6, 1, 3, 2)
    assert found.total.work == HandoverFigures(
        requests=6,
        claimed=5,
        missed=1,
        claim_median=30,
        claim_p90=pytest.approx(96),
        reply_median=75,
        reply_p90=pytest.approx(237),
        handled=4,
        transfers=1,
    )
    assert found.points == [Point(DAY, 6, 6, 5, 3)]


async def test_a_longer_period_takes_in_the_days_around(history: History) -> None:
    week = Period(DAY - timedelta(days=1), DAY + timedelta(days=1))

    found = await overall(history, week)

    assert [(point.day, point.chats, point.requests) for point in found.points] == [
        (DAY - timedelta(days=1), 1, 1),
        (DAY, 6, 6),
        (DAY + timedelta(days=1), 1, 1),
    ]
    assert of_agent(found, "Анна").sales == SaleFigures(3, Decimal("5154.00"), Decimal("514.00"))


async def test_a_quiet_period_has_zeros_and_no_times(history: History) -> None:
    quiet = Period(date(2020, 1, 1), date(2020, 1, 2))

    found = await overall(history, quiet)

    assert found.channels == []
    assert found.total.work == HandoverFigures()
    assert found.total.chats.alone_share is None
    assert [agent.name for agent in found.agents] == ["Анна", "Борис"]
    assert len(found.points) == 2


@pytest.mark.parametrize("name", ["Анна", "Борис"])
async def test_own_figures_are_those_that_the_administrator_sees(
    history: History, name: str
) -> None:
    assert await own(history, name) == of_agent(await overall(history), name)


async def test_an_agent_does_not_see_all_figures(history: History) -> None:
    async with history.db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await service.overall(unit, history.people["Анна"], ONE_DAY)


async def test_a_client_sees_none(history: History) -> None:
    client = Principal(history.tenant_id, Role.USER, conversation_id=1)
    async with history.db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await service.overall(unit, client, ONE_DAY)
        with pytest.raises(ServiceError, match="forbidden"):
            await service.own(unit, client, ONE_DAY)


async def test_another_company_sees_nothing_of_it(history: History, db: Database) -> None:
    other = await company(db)
    found = await overall(other)

    assert found.agents == []
    assert found.channels == []
    assert found.total.work == HandoverFigures()
    assert found.points == [Point(DAY, 0, 0, 0, 0)]
    # Even with the key of a person of the first company.
    thief = Principal(other.tenant_id, Role.AGENT, history.people["Анна"].user_id, "x")
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="agent_not_found"):
            await service.own(unit, thief, ONE_DAY)


@pytest.mark.parametrize(
    "period",
    [Period(DAY, DAY - timedelta(days=1)), Period(date(2000, 1, 1), DAY)],
    ids=["ends before it begins", "too long"],
)
async def test_a_senseless_period_is_refused(history: History, period: Period) -> None:
    with pytest.raises(ServiceError, match="period_wrong"):
        await overall(history, period)


def test_usual_periods_end_today() -> None:
    wednesday = date(2026, 3, 4)

    assert named_period("day", wednesday) == Period(wednesday, wednesday)
    assert named_period("week", wednesday) == Period(DAY, wednesday)
    assert named_period("month", wednesday) == Period(date(2026, 3, 1), wednesday)
    assert named_period("year", wednesday) is None


def test_a_long_period_is_drawn_by_weeks_and_months() -> None:
    quarter = Period(date(2026, 1, 1), date(2026, 3, 31))
    assert (quarter.step, quarter.points()[0], len(quarter.points())) == (
        Step.WEEK,
        date(2025, 12, 29),
        14,
    )
    year = Period(date(2026, 1, 15), date(2026, 12, 31))
    assert (year.step, year.points()[0], len(year.points())) == (Step.MONTH, date(2026, 1, 1), 12)


async def test_weeks_and_months_of_the_database_are_those_of_the_chart(history: History) -> None:
    for period in (
        Period(DAY - timedelta(days=60), DAY + timedelta(days=10)),
        Period(DAY - timedelta(days=300), DAY + timedelta(days=10)),
    ):
        found = await overall(history, period)
        assert sum(point.chats for point in found.points) == 8
        assert sum(point.requests for point in found.points) == 8
        assert sum(point.policies for point in found.points) == 5
