"""Too many tries are refused, with the same body as any refusal, and harm nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.api.state import Throttle
from tests.slices.api.conftest import PASSWORD, Stand


@pytest.fixture
def tight(stand: Stand) -> Iterator[None]:
    """The same application with small limits that nobody has used yet."""
    state = stand.app.state.api
    kept = state.logins, state.sessions
    state.logins = LoginLimiter(AccountsSettings(login_attempts=3, login_attempts_per_address=8))
    state.sessions = Throttle(3)
    yield
    state.logins, state.sessions = kept


def _refused(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        return False
    body = answer.json()
    assert body["code"] in ("too_many_attempts", "rate_limited")
    assert any("а" <= letter <= "я" for letter in body["message"])
    assert int(answer.headers["retry-after"]) > 0
    return True


async def _log_in(http: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    body = {"username": login, "password": password}
    return await http.post("/v1/auth/login", json=body)


@pytest.mark.usefixtures("tight")
async def test_guessing_a_password_ends_soon(http: httpx.AsyncClient, stand: Stand) -> None:
    staff = await stand.staff("agent")
    answers = [await _log_in(http, staff.login, f"guess-{n}") for n in range(5)]
    assert [answer.status_code for answer in answers[:3]] == [401] * 3
    assert all(_refused(answer) for answer in answers[3:])
    assert _refused(await _log_in(http, staff.login.upper() + " ", PASSWORD))
    other = await stand.staff("agent")
    assert (await _log_in(http, other.login, PASSWORD)).status_code == 200


@pytest.mark.usefixtures("tight")
async def test_guessing_many_at_once_gives_no_more_guesses(
    http: httpx.AsyncClient, stand: Stand
) -> None:
    staff = await stand.staff("agent")
    answers = await asyncio.gather(
        *(_log_in(http, staff.login, f"guess-{n}") for n in range(30)),
    )
    assert sum(answer.status_code == 401 for answer in answers) <= 3
    assert sum(_refused(answer) for answer in answers) >= 27


@pytest.mark.usefixtures("tight")
async def test_one_address_does_not_try_all_names(http: httpx.AsyncClient) -> None:
    answers = [await _log_in(http, uuid4().hex, "guess") for _ in range(10)]
    assert [answer.status_code for answer in answers] == [401] * 8 + [429] * 2
    again = await http.post("/v1/agents/login", json={"username": "a", "password": "b"})
    assert _refused(again)


@pytest.mark.usefixtures("tight")
async def test_one_address_opens_so_many_chats_a_minute(http: httpx.AsyncClient) -> None:
    body = {"channel": "web", "channelUserId": "one"}
    answers = [await http.post("/v1/chat/sessions", json=body) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 3 + [429] * 2
    assert _refused(answers[-1])


@pytest.mark.usefixtures("tight")
async def test_an_address_cannot_be_invented(http: httpx.AsyncClient) -> None:
    codes = []
    for number in range(5):
        headers = {"X-Real-IP": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"}
        body = {"channel": "web", "channelUserId": "one"}
        answer = await http.post("/v1/chat/sessions", json=body, headers=headers)
        codes.append(answer.status_code)
    assert codes == [201] * 3 + [429] * 2


async def test_the_document_names_the_refusal(stand: Stand) -> None:
    document = stand.app.openapi()
    for path in ("/v1/auth/login", "/v1/agents/login", "/v1/agents", "/v1/chat/sessions"):
        refusal = document["paths"][path]["post"]["responses"]["429"]
        schema = refusal["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Error"}
