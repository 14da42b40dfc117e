"""Agents over the API: log-in by code, being alive, being shut out, a phone that nobody reads."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID, uuid4

import httpx
import pyotp

from insurance_chat.accounts import agents, auth, presence, totp
from insurance_chat.core.principal import Principal, Role
from tests.slices.api.conftest import PASSWORD, Chat, Staff, Stand, say

PHONE = "+7 916 555-44-33"
DIGITS = "9165554433"


async def with_codes(stand: Stand) -> tuple[Staff, pyotp.TOTP]:
    """An agent who has switched log-in by code on; every code counts as unused."""
    agent, limiter = await stand.staff("agent"), stand.app.state.api.logins
    db = stand.services.db
    async with db.unit() as unit:
        me = await auth.principal_of(unit, agent.token)
        app = pyotp.TOTP((await totp.begin(unit, me)).secret)
    async with db.unit() as unit:
        await totp.enable(unit, me, app.now(), limiter)
    async with db.pool.connection() as raw:
        await raw.execute("update users set totp_used = null where public_id = %s", (agent.id,))
    return agent, app


async def boss(stand: Stand, admin: Staff) -> Principal:
    async with stand.services.db.unit() as unit:
        return await auth.principal_of(unit, admin.token)


async def test_both_log_ins_ask_for_the_code_once_it_is_on(
    stand: Stand, http: httpx.AsyncClient
) -> None:
    for path in ("/v1/auth/login", "/v1/agents/login"):
        agent, app = await with_codes(stand)
        body = {"username": agent.login, "password": PASSWORD}
        code = app.now()
        without = await http.post(path, json=body)
        wrong = await http.post(path, json={**body, "otp": "12345"})
        right = await http.post(path, json={**body, "otp": code})
        again = await http.post(path, json={**body, "otp": code})
        assert [one.status_code for one in (without, wrong, right, again)] == [401, 401, 200, 401]
        assert without.json()["code"] == "otp_required"
        assert wrong.json()["code"] == again.json()["code"] == "otp_wrong"


async def test_a_self_registered_agent_cannot_log_in_before_approval(
    stand: Stand, http: httpx.AsyncClient, admin: Staff
) -> None:
    login = f"self-{uuid4().hex[:8]}"
    body = {"name": "Сам", "login": login, "password": PASSWORD, "phone": PHONE}
    made = await http.post("/v1/agents", json=body)
    assert (made.status_code, made.json()["approved"]) == (201, False)
    assert DIGITS not in made.text
    credentials = {"username": login, "password": PASSWORD}
    early = await http.post("/v1/agents/login", json=credentials)
    assert (early.status_code, early.json()["code"]) == (403, "not_approved")
    async with stand.services.db.unit() as unit:
        await agents.approve(unit, await boss(stand, admin), UUID(made.json()["id"]))
    assert (await http.post("/v1/agents/login", json=credentials)).status_code == 200
    bad = await http.post("/v1/agents", json={**body, "login": uuid4().hex, "phone": "нет"})
    assert (bad.status_code, bad.json()["code"]) == (422, "phone_wrong")


async def test_a_blocked_agent_is_out_at_the_next_call_and_the_open_feed_ends(
    stand: Stand, http: httpx.AsyncClient, admin: Staff, chat: Chat
) -> None:
    staff = await stand.staff("admin")
    feed = f"/v1/chat/sessions/{chat.id}/events"
    async with http.stream("GET", feed, headers=staff.headers) as stream:
        lines = stream.aiter_lines()
        await http.post("/v1/chat/messages", json=say(chat, "Первое"), headers=chat.headers)
        seen = ""
        while "Первое" not in seen:
            seen = await anext(lines)
        assert (await http.get("/v1/agents", headers=staff.headers)).status_code == 200
        async with stand.services.db.pool.connection() as raw:
            await raw.execute(
                "update users set blocked_at = now() where public_id = %s", (staff.id,)
            )
        assert (await http.get("/v1/agents", headers=staff.headers)).status_code == 401
        await http.post("/v1/chat/messages", json=say(chat, "Второе"), headers=chat.headers)
        async with asyncio.timeout(20):
            rest = [line async for line in lines]
    assert not any("Второе" in line for line in rest)
    again = await http.get(feed, headers=staff.headers)
    assert again.status_code == 401


async def test_an_agent_who_only_uses_the_api_is_available_while_calling(
    stand: Stand, http: httpx.AsyncClient, agent: Staff
) -> None:
    set_ = await http.put(
        f"/v1/agents/{agent.id}/status", json={"status": "available"}, headers=agent.headers
    )
    assert set_.json()["status"] == "available"
    assert await _available(stand, agent)
    async with stand.services.db.pool.connection() as raw:
        await raw.execute(
            "update users set seen_at = now() - interval '1 hour' where public_id = %s",
            (agent.id,),
        )
    assert not await _available(stand, agent)
    await http.get("/v1/policies", headers=agent.headers)
    assert await _available(stand, agent)


async def _available(stand: Stand, agent: Staff) -> bool:
    async with stand.services.db.unit() as unit:
        found = await presence.available(unit, stand.tenant_id)
    return agent.id in {str(one.id) for one in found}


async def test_no_route_shows_an_agent_the_phone_of_a_colleague(
    stand: Stand, http: httpx.AsyncClient, admin: Staff, agent: Staff, chat: Chat
) -> None:
    body = {"name": "Коллега", "login": uuid4().hex, "password": PASSWORD, "phone": PHONE}
    made = await http.post("/v1/agents", json=body, headers=admin.headers)
    colleague = made.json()["id"]
    paths: dict[str, dict[str, object]] = stand.app.openapi()["paths"]
    asked = 0
    for path, methods in paths.items():
        if path.endswith("/events"):
            continue
        for method in methods:
            for named in (colleague, chat.id):
                address = re.sub(r"\{\w+\}", named, path)
                answer = await http.request(method, address, json={}, headers=agent.headers)
                asked += 1
                shown = "".join(letter for letter in answer.text if letter.isdigit())
                assert DIGITS not in shown, f"{method} {path}"
    assert asked > 40
    listed = await http.get("/v1/agents", headers=admin.headers)
    assert colleague in listed.text
    assert DIGITS not in listed.text


async def test_the_role_of_the_caller_decides_not_the_body(
    stand: Stand, http: httpx.AsyncClient, agent: Staff
) -> None:
    body = {"name": "Хитрый", "login": uuid4().hex, "password": PASSWORD}
    made = await http.post("/v1/agents", json=body, headers=agent.headers)
    assert made.json()["approved"] is False
    async with stand.services.db.unit() as unit:
        assert (await auth.principal_of(unit, agent.token)).role is Role.AGENT
