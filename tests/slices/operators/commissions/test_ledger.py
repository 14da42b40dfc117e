"""Moves of entries, corrections, who may do and see what; totals that always add up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.commissions import ledger, overview, rules, statements
from insurance_chat.operators.commissions.types import ALLOWED, Status
from tests.slices.operators.commissions.conftest import Company, make_company
from tests.slices.operators.commissions.test_accrual import TODAY, add_rule, percent

MONTH = f"{TODAY:%Y-%m}"
Act = Callable[[Unit, Principal, UUID], Awaitable[Any]]


async def _confirm(unit: Unit, who: Principal, entry: UUID) -> None:
    await ledger.confirm(unit, who, entry)


async def _cancel(unit: Unit, who: Principal, entry: UUID) -> None:
    await ledger.cancel(unit, who, entry, "Договор расторгнут")


async def _pay(unit: Unit, who: Principal, entry: UUID) -> None:
    await ledger.pay(unit, who, [entry])


async def _adjust(unit: Unit, who: Principal, entry: UUID) -> None:
    await ledger.adjust(unit, who, entry, Decimal("-50.00"), "Договорились")


async def _accept(unit: Unit, who: Principal, entry: UUID) -> None:
    await ledger.accept(unit, who, entry, Decimal("700.00"))


ACTS: dict[str, Act] = {
    "confirm": _confirm,
    "cancel": _cancel,
    "pay": _pay,
    "adjust": _adjust,
    "accept": _accept,
}


async def _do(company: Company, who: Principal, entry: UUID, *names: str) -> None:
    for name in names:
        async with company.db.unit() as unit:
            await ACTS[name](unit, who, entry)


@pytest.mark.parametrize(
    ("acts", "status", "amount"),
    [
        (["confirm"], Status.CONFIRMED, "500"),
        (["confirm", "pay"], Status.PAID, "500"),
        (["cancel"], Status.CANCELLED, "0"),
        (["confirm", "cancel"], Status.CANCELLED, "0"),
        (["confirm", "pay", "cancel"], Status.CANCELLED, "0"),
        (["adjust", "confirm", "adjust", "pay"], Status.PAID, "400"),
    ],
)
async def test_an_entry_goes_its_way_and_its_sum_follows(
    company: Company, acts: list[str], status: Status, amount: str
) -> None:
    await add_rule(company, percent("10"))
    entry = await company.sold(await company.staff())
    await _do(company, company.admin, entry.id, *acts)
    now = await company.entry(entry.id)
    assert (now.status, now.amount) == (status, Decimal(amount))


@pytest.mark.parametrize(
    ("before", "act", "code"),
    [
        ([], "pay", "transition_not_allowed"),
        ([], "accept", "transition_not_allowed"),
        (["confirm"], "confirm", "transition_not_allowed"),
        (["confirm", "pay"], "pay", "transition_not_allowed"),
        (["confirm", "pay"], "adjust", "not_adjustable"),
        (["cancel"], "confirm", "transition_not_allowed"),
        (["cancel"], "adjust", "not_adjustable"),
        (["cancel"], "cancel", "transition_not_allowed"),
    ],
)
async def test_other_ways_are_refused_and_change_nothing(
    company: Company, before: list[str], act: str, code: str
) -> None:
    await add_rule(company, percent("10"))
    entry = await company.sold(await company.staff())
    await _do(company, company.admin, entry.id, *before)
    stands = await company.entry(entry.id)
    with pytest.raises(ServiceError, match=code):
        await _do(company, company.admin, entry.id, act)
    assert await company.entry(entry.id) == stands


async def test_the_history_says_who_when_from_where_to_where_and_why(company: Company) -> None:
    await add_rule(company, percent("10"))
    agent = await company.staff()
    entry = await company.sold(agent)
    await _do(company, company.admin, entry.id, "confirm", "adjust", "cancel")
    async with company.db.unit() as unit:
        card = await overview.card(unit, agent, entry.id)
    moves = [(one.before, one.after, one.by, one.comment) for one in card.changes]
    assert moves == [
        (None, Status.ACCRUED, None, ""),
        (Status.ACCRUED, Status.CONFIRMED, "Администратор", ""),
        (Status.CONFIRMED, Status.CANCELLED, "Администратор", "Договор расторгнут"),
    ]
    assert [line.amount for line in card.lines] == [
        Decimal("500.00"),
        Decimal("-50.00"),
        Decimal("-450.00"),
    ]
    assert card.lines[1].comment == "Договорились"
    audited = await company.number(
        "select count(*) from audit_entries where target = %s", f"commission:{entry.id}"
    )
    assert audited == 3


@pytest.mark.parametrize(
    ("difference", "reason", "code"),
    [
        ("0", "потому", "amount_wrong"),
        ("0.001", "потому", "amount_wrong"),
        ("NaN", "потому", "amount_wrong"),
        ("99999999", "потому", "amount_wrong"),
        ("-500.01", "потому", "amount_negative"),
        ("5", "  ", "comment_needed"),
        ("5", "я" * 501, "comment_too_long"),
    ],
)
async def test_an_impossible_correction_is_refused(
    company: Company, difference: str, reason: str, code: str
) -> None:
    await add_rule(company, percent("10"))
    entry = await company.sold(await company.staff())
    with pytest.raises(ServiceError, match=code):
        async with company.db.unit() as unit:
            await ledger.adjust(unit, company.admin, entry.id, Decimal(difference), reason)


async def test_paying_in_bulk_marks_all_or_none(company: Company) -> None:
    await add_rule(company, percent("10"))
    agent = await company.staff()
    chosen = [(await company.sold(agent)).id for _ in range(3)]
    await _do(company, company.admin, chosen[0], "confirm")
    await _do(company, company.admin, chosen[1], "confirm")
    with pytest.raises(ServiceError, match="transition_not_allowed"):
        async with company.db.unit() as unit:
            await ledger.pay(unit, company.admin, chosen)
    assert await company.entries(status="paid") == []
    async with company.db.unit() as unit:
        assert await ledger.pay(unit, company.admin, chosen[:2]) == 2
    assert {one.id for one in await company.entries(status="paid")} == set(chosen[:2])


async def test_an_agent_sees_own_entries_only_and_changes_nothing(company: Company) -> None:
    await add_rule(company, percent("10"))
    agent, other = await company.staff(), await company.staff()
    own, foreign = await company.sold(agent), await company.sold(other)
    assert [one.id for one in await company.entries(agent)] == [own.id]
    asked = UUID(other.user_public_id)
    assert await company.entries(agent, agent=asked) == []
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="commission_not_found"):
            await overview.card(unit, agent, foreign.id)
        with pytest.raises(ServiceError, match="agent_not_found"):
            await statements.build(unit, agent, MONTH, asked)
        totals = await overview.totals(unit, agent, overview.wanted(agent))
        with pytest.raises(ServiceError, match="forbidden"):
            await rules.list_rules(unit, agent)
        with pytest.raises(ServiceError, match="forbidden"):
            await rules.add(unit, agent, percent("1"))
    assert {total.agent_id for total in totals} == {UUID(agent.user_public_id)}
    for act in ACTS:
        with pytest.raises(ServiceError, match="forbidden"):
            await _do(company, agent, own.id, act)


async def test_a_client_and_another_company_see_nothing(company: Company, db: Database) -> None:
    await add_rule(company, percent("10"))
    entry = await company.sold(await company.staff())
    client = Principal(company.tenant_id, Role.USER, conversation_id=1)
    with pytest.raises(ServiceError, match="forbidden"):
        overview.wanted(client)
    stranger = await make_company(db)
    assert await stranger.entries() == []
    async with db.unit() as unit:
        assert await overview.totals(unit, stranger.admin, overview.wanted(stranger.admin)) == []
        assert await rules.list_rules(unit, stranger.admin) == []
        assert (await statements.build(unit, stranger.admin, MONTH, None)).lines == []
        with pytest.raises(ServiceError, match="commission_not_found"):
            await overview.card(unit, stranger.admin, entry.id)
    for act in ("confirm", "cancel", "pay", "adjust", "accept"):
        with pytest.raises(ServiceError, match="commission_not_found"):
            await _do(stranger, stranger.admin, entry.id, act)


@pytest.mark.parametrize(
    ("which", "code"),
    [({"month": "2026-13"}, "month_wrong"), ({"status": "lost"}, "status_unknown")],
)
async def test_an_unknown_filter_is_refused(
    company: Company, which: dict[str, Any], code: str
) -> None:
    with pytest.raises(ServiceError, match=code):
        await company.entries(**which)


async def test_erasing_a_client_does_not_change_the_ledger(company: Company) -> None:
    await add_rule(company, percent("10"))
    entry = await company.sold(await company.staff())
    await company.change("delete from contacts where tenant_id = %s", company.tenant_id)
    left = await company.entry(entry.id)
    assert (left.policy_id, left.session_id) == (None, None)
    assert (left.policy_number, left.amount) == (entry.policy_number, entry.amount)


MONEY = st.decimals("-900", "900", places=2)
STEP = st.one_of(
    st.tuples(st.just("sell"), st.decimals("0.01", "99999", places=2), st.integers(0, 1)),
    st.tuples(st.just("rule"), st.decimals(0, 100, places=2), st.integers(0, 1)),
    st.tuples(st.just("adjust"), MONEY, st.integers(0, 9)),
    st.tuples(st.just("confirm"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("pay"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("cancel"), st.none(), st.integers(0, 9)),
)


REFUSALS = {
    "transition_not_allowed",
    "not_adjustable",
    "amount_wrong",
    "amount_negative",
    "rule_exists",
}


class Replay:
    """Does any sequence of operations and keeps books of its own."""

    def __init__(self, company: Company, agents: list[Principal]) -> None:
        self.company = company
        self.agents = agents
        self.sums: dict[UUID, Decimal] = {}

    async def step(self, what: str, value: Decimal | None, number: int) -> None:
        try:
            await self._try(what, value, number)
        except ServiceError as refusal:
            if refusal.code not in REFUSALS:
                raise

    async def _try(self, what: str, value: Decimal | None, number: int) -> None:
        admin = self.company.admin
        if what == "sell":
            entry = await self.company.sold(self.agents[number], str(value))
            self.sums[entry.id] = entry.amount
        elif what == "rule":
            scope = UUID(self.agents[number].user_public_id)
            await add_rule(self.company, percent(str(value), agent=scope))
            for one in await self.company.entries():
                self.sums[one.id] = one.amount if self.sums[one.id] == 0 else self.sums[one.id]
        elif self.sums:
            entry_id = sorted(self.sums)[number % len(self.sums)]
            async with self.company.db.unit() as unit:
                if what == "adjust":
                    assert value is not None
                    await ledger.adjust(unit, admin, entry_id, value, "потому")
                    self.sums[entry_id] += value
                else:
                    await ACTS[what](unit, admin, entry_id)
                    self.sums[entry_id] *= what != "cancel"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=3, max_size=12))
async def test_totals_add_up_after_any_sequence_of_operations(
    db: Database, steps: list[tuple[str, Decimal | None, int]]
) -> None:
    company = await make_company(db)
    agents = [await company.staff(name=name) for name in ("Анна", "Борис")]
    replay = Replay(company, agents)
    for what, value, number in steps:
        await replay.step(what, value, number)
    entries = await company.entries()
    assert {one.id: one.amount for one in entries} == replay.sums
    owed = sum(replay.sums.values(), Decimal(0))
    async with db.unit() as unit:
        admin = company.admin
        everybody = await statements.build(unit, admin, MONTH, None)
        single = [
            await statements.build(unit, admin, MONTH, UUID(agent.user_public_id))
            for agent in agents
        ]
        totals = await overview.totals(unit, admin, overview.wanted(admin))
        by_status = [
            await overview.totals(unit, admin, overview.wanted(admin, status=status))
            for status in Status
        ]
    assert everybody.total == sum((line.amount for line in everybody.lines), Decimal(0)) == owed
    assert sum((one.total for one in single), Decimal(0)) == owed
    assert totals == everybody.totals
    assert sum((total.amount for total in totals), Decimal(0)) == owed
    assert sum((t.amount for group in by_status for t in group), Decimal(0)) == owed
    assert all(one.amount == 0 for one in entries if one.status is Status.CANCELLED)
    assert all(one.amount >= 0 for one in entries)


def test_every_status_says_where_it_may_go_and_cancelled_is_the_end() -> None:
    assert set(ALLOWED) == set(Status)
    assert ALLOWED[Status.CANCELLED] == frozenset()
    assert not any(Status.REVIEW in goals for goals in ALLOWED.values())


async def test_nothing_is_paid_when_nothing_is_chosen_or_it_does_not_exist(
    company: Company,
) -> None:
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="nothing_chosen"):
            await ledger.pay(unit, company.admin, [])
        with pytest.raises(ServiceError, match="commission_not_found"):
            await ledger.pay(unit, company.admin, [uuid4()])
