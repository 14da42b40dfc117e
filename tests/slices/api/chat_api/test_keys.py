"""Who may call, whose threads a key opens, and how often."""

from __future__ import annotations

import time

import httpx
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from insurance_chat.api.chat.keys import Keys, is_loopback
from insurance_chat.api.settings import ApiSettings
from insurance_chat.core.errors import ServiceError
from tests.slices.api.chat_api.conftest import Door, program, serving
from tests.slices.api.conftest import Stand

KEYS = {"api_key": "first-key", "chat_api_keys": "second-key, shop:third-key"}
ROUTES = (
    ("POST", "/api/chat"),
    ("GET", "/api/chat"),
    ("POST", "/api/chat/stream"),
    ("GET", "/api/chat/stream"),
    ("POST", "/api/chat/files"),
    ("POST", "/api/debug"),
)
SAY = {"message": "Привет"}


async def test_every_route_asks_for_the_key(stand: Stand) -> None:
    async with serving(stand, **KEYS) as door, program(door) as http:
        paths = (await http.get("/api/openapi.json")).json()["paths"]
        named = {(method.upper(), path) for path, methods in paths.items() for method in methods}
        assert named == set(ROUTES)
        for method, path in ROUTES:
            missing = await http.request(method, path, json=SAY)
            assert (missing.status_code, missing.json()["code"]) == (401, "api_key_required")
            assert "X-API-Key" in missing.json()["detail"]
            for wrong in ("first-ke", "FIRST-KEY", "shop", "shop:third-key", "first-key,", "я"):
                headers = {"X-API-Key": wrong.encode()}
                refused = await http.request(method, path, json=SAY, headers=headers)
                assert (refused.status_code, refused.json()["code"]) == (403, "api_key_wrong")
                assert wrong not in refused.text
            empty = await http.request(method, path, json=SAY, headers={"X-API-Key": ""})
            assert empty.status_code == 401
            for right in ("first-key", "second-key", "third-key"):
                allowed = await http.request(method, path, json=SAY, headers={"X-API-Key": right})
                assert allowed.status_code not in (401, 403), (method, path, right)


async def test_a_token_of_v1_is_no_key(stand: Stand) -> None:
    staff = await stand.staff("admin")
    async with serving(stand, **KEYS) as door, program(door) as http:
        assert (await http.post("/api/chat", json=SAY, headers=staff.headers)).status_code == 401
        health = await http.get("/health")
        assert health.status_code == 200  # a monitor needs no key


async def test_the_name_of_the_header_is_a_setting(stand: Stand) -> None:
    async with serving(stand, **KEYS, api_key_header="X-Bot-Key") as door, program(door) as http:
        for header, status in (("X-API-Key", 401), ("X-Bot-Key", 200)):
            answer = await http.post("/api/chat", json=SAY, headers={header: "first-key"})
            assert answer.status_code == status
        asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "x-bot-key"
        assert (await http.options("/api/chat", headers=asked)).status_code == 200


async def test_a_browser_may_give_the_key_in_the_address_of_a_stream(stand: Stand) -> None:
    async with serving(stand, **KEYS) as door, program(door) as http:
        right = await http.get("/api/chat/stream", params={**SAY, "api_key": "first-key"})
        assert right.status_code == 200
        wrong = await http.get("/api/chat/stream", params={**SAY, "api_key": "x"})
        assert wrong.status_code == 403
        # Only where a browser cannot do better.
        posted = await http.post("/api/chat", params={"api_key": "first-key"}, json=SAY)
        assert posted.status_code == 401


async def test_a_socket_asks_for_the_key(stand: Stand) -> None:
    async with serving(stand, **KEYS) as door:
        address = f"ws{door.url.removeprefix('http')}/api/chat/ws"
        for given, status in (({}, 401), ({"subprotocols": ["chat.v1", "token.x"]}, 403)):
            with pytest.raises(InvalidStatus) as refused:
                await websockets.connect(address, proxy=None, **given)
            assert refused.value.response.status_code == status
        offered = ["chat.v1", "token.third-key"]
        async with websockets.connect(address, subprotocols=offered, proxy=None) as socket:
            assert socket.subprotocol == "chat.v1"


def test_without_a_key_only_this_machine_may_call() -> None:
    for host in ("127.0.0.1", "127.8.0.1", "::1", "localhost"):
        assert is_loopback(host)
        assert Keys(ApiSettings(), host).owner(None)
    for host in ("0.0.0.0", "::", "10.0.0.5", "bot.example", ""):  # noqa: S104
        keys = Keys(ApiSettings(), host)
        for given, code in ((None, "api_key_required"), ("guess", "api_key_wrong")):
            with pytest.raises(ServiceError) as refused:
                keys.owner(given)
            assert refused.value.code == code


async def _remembers(http: httpx.AsyncClient, thread: str) -> bool:
    return (await http.get("/api/chat", params={"thread_id": thread})).status_code == 200


async def test_two_keys_never_share_a_thread(stand: Stand, thread: str) -> None:
    async with (
        serving(stand, **KEYS) as door,
        program(door, "first-key") as one,
        program(door, "third-key") as other,
    ):
        said = (await one.post("/api/chat", json={**SAY, "thread_id": thread})).json()
        assert await _remembers(one, thread)
        assert not await _remembers(other, thread)
        second = (await other.post("/api/chat", json={**SAY, "thread_id": thread})).json()
        assert second["cursor"] == said["cursor"]  # a log of its own
    changed = {"chat_api_keys": "shop:changed"}
    async with serving(stand, **changed) as later, program(later, "changed") as shop:
        assert await _remembers(shop, thread)  # the name owns the threads, not the key
    async with serving(stand) as open_door, program(open_door) as anybody:
        assert not await _remembers(anybody, thread)


async def test_two_tenants_never_share_a_thread(door: Door, stand: Stand, thread: str) -> None:
    async with program(door) as http:
        await http.post("/api/chat", json={**SAY, "thread_id": thread})
        assert await _remembers(http, thread)
        state = door.server.config.app.state.api  # type: ignore[union-attr]
        kept, state.home_tenant = state.home_tenant, await stand.another_tenant()
        try:
            assert not await _remembers(http, thread)
        finally:
            state.home_tenant = kept


async def test_a_key_is_nowhere_in_the_database(stand: Stand, thread: str) -> None:
    async with serving(stand, **KEYS) as door, program(door, "second-key") as http:
        assert (await http.post("/api/chat", json={**SAY, "thread_id": thread})).status_code == 200
    async with stand.services.db.pool.connection() as connection:
        for table in ("threads", "conversations", "identities", "thread_replies"):
            cursor = await connection.execute(f"select string_agg(x::text, '') from {table} x")
            row = await cursor.fetchone()
            text = str(row and row[0])
            assert "second-key" not in text
            assert thread not in text


async def test_calls_are_counted_and_the_caller_is_told(stand: Stand) -> None:
    async with (
        serving(stand, **KEYS, chat_api_per_minute=5) as door,
        program(door, "first-key") as http,
        program(door, "second-key") as other,
    ):
        answers = [await http.post("/api/chat", json=SAY) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
        assert left == [4, 3, 2, 1, 0, 0, 0]
        last = answers[-1]
        assert last.headers["X-RateLimit-Limit"] == "5"
        assert 0 < int(last.headers["Retry-After"]) <= 61
        assert int(last.headers["X-RateLimit-Reset"]) > time.time() - 1
        assert (last.json()["code"], last.json()["success"]) == ("rate_limited", False)
        streamed = await http.post("/api/chat/stream", json=SAY)
        assert streamed.status_code == 429
        fresh = await other.post("/api/chat/stream", json=SAY)
        assert (fresh.status_code, fresh.headers["X-RateLimit-Remaining"]) == (200, "4")


async def test_one_thread_has_a_limit_of_its_own(stand: Stand, thread: str) -> None:
    async with serving(stand, chat_api_thread_per_minute=2) as door, program(door) as http:
        asked = {**SAY, "thread_id": thread}
        codes = [(await http.post("/api/chat", json=asked)).status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        assert (await http.post("/api/chat", json=SAY)).status_code == 200
