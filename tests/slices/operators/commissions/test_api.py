"""`GET /v1/commissions`, and the agent filter of `GET /v1/policies`, over real HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.commissions.rules import NewRule
from insurance_chat.operators.commissions.types import RuleKind
from tests.slices.api.conftest import Chat, Staff, Stand, admin, agent, chat, http, stand  # noqa: F401
from tests.slices.operators.commissions.conftest import Company
from tests.slices.operators.commissions.test_accrual import add_rule

MONTH = f"{moscow_today():%Y-%m}"


async def _principal(stand: Stand, staff: Staff) -> Principal:  # noqa: F811
    async with stand.services.db.pool.connection() as connection:
        cursor = await connection.execute(
            "select id, role from users where public_id = %s", (staff.id,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return Principal(stand.tenant_id, Role(row[1]), row[0], staff.id)


@pytest.fixture(scope="module")
async def sold(stand: Stand, admin: Staff, agent: Staff) -> tuple[str, str]:  # noqa: F811
    """Ids of the policies that the agent and another agent have sold."""
    boss, seller = await _principal(stand, admin), await _principal(stand, agent)
    company = Company(stand.services.db, stand.tenant_id, boss)
    rule = NewRule(None, None, None, RuleKind.PERCENT, Decimal("7.5"), moscow_today())
    await add_rule(company, rule)
    first = await company.sold(seller, "7753.93")
    second = await company.sold(await company.staff(), "1000.00")
    return str(first.policy_id), str(second.policy_id)


async def _get(
    http: httpx.AsyncClient,  # noqa: F811
    who: Staff | Chat,
    path: str = "/v1/commissions",
    **query: str,
) -> Any:
    answer = await http.get(path, params=query, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_agent_gets_own_commissions_whoever_is_asked_for(
    http: httpx.AsyncClient,  # noqa: F811
    agent: Staff,  # noqa: F811
    sold: tuple[str, str],
) -> None:
    body = await _get(http, agent)
    assert body["total"] == 1
    (item,) = body["items"]
    assert item["policyId"] == sold[0]
    assert (item["agentId"], item["status"], item["amount"]) == (agent.id, "accrued", 581.54)
    assert (item["premium"], item["companyCode"], item["bookedOn"]) == (
        7753.93,
        "reso",
        moscow_today().isoformat(),
    )
    assert (await _get(http, agent, agentId=agent.id))["total"] == 1
    assert await _get(http, agent, agentId=str(uuid4())) == {"items": [], "total": 0}


async def test_an_administrator_gets_all_and_may_filter(
    http: httpx.AsyncClient,  # noqa: F811
    admin: Staff,  # noqa: F811
    agent: Staff,  # noqa: F811
    sold: tuple[str, str],
) -> None:
    assert {item["policyId"] for item in (await _get(http, admin))["items"]} == set(sold)
    assert [item["policyId"] for item in (await _get(http, admin, agentId=agent.id))["items"]] == [
        sold[0]
    ]
    assert (await _get(http, admin, month=MONTH, status="accrued"))["total"] == 2
    assert (await _get(http, admin, month="2020-01"))["total"] == 0
    assert (await _get(http, admin, status="paid"))["total"] == 0
    page = await _get(http, admin, limit="1", offset="1")
    assert (len(page["items"]), page["total"]) == (1, 2)
    assert (await _get(http, admin, agentId="nobody"))["total"] == 0


async def test_who_may_not_look_is_refused(
    http: httpx.AsyncClient,  # noqa: F811
    stand: Stand,  # noqa: F811
    chat: Chat,  # noqa: F811
    sold: tuple[str, str],
) -> None:
    assert (await http.get("/v1/commissions")).status_code == 401
    assert (await http.get("/v1/commissions", headers=chat.headers)).status_code == 403
    stranger = await stand.staff("admin", await stand.another_tenant())
    assert (await _get(http, stranger))["total"] == 0


@pytest.mark.parametrize("query", [{"month": "2026-13"}, {"status": "lost"}, {"limit": "0"}])
async def test_a_wrong_filter_is_refused(
    http: httpx.AsyncClient,  # noqa: F811
    admin: Staff,  # noqa: F811
    query: dict[str, str],
) -> None:
    answer = await http.get("/v1/commissions", params=query, headers=admin.headers)
    assert answer.status_code == 422


async def test_policies_are_filtered_by_the_agent_who_sold_them(
    http: httpx.AsyncClient,  # noqa: F811
    admin: Staff,  # noqa: F811
    agent: Staff,  # noqa: F811
    sold: tuple[str, str],
) -> None:
    items = (await _get(http, admin, "/v1/policies", agentId=agent.id))["items"]
    assert [(item["id"], item["isAgentClient"]) for item in items] == [(sold[0], False)]
    everything = (await _get(http, admin, "/v1/policies"))["items"]
    assert {item["id"] for item in everything} >= {str(UUID(one)) for one in sold}
