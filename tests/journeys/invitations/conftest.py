"""The whole product in one process over a database with one administrator and one agent."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import jwt
import pytest

from insurance_chat.accounts.seed import ensure_tenant_and_staff
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Role
from tests.support.browser import browser, desktop, phone  # noqa: F401
from tests.support.processes import Part, free_port, wait_until_serving


@dataclass
class Office:
    """A running service and its first agent."""

    url: str
    password: str

    async def agent(self, client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
        """Id and headers of the agent."""
        answer = await client.post(
            "/v1/auth/login", json={"username": "agent", "password": self.password}
        )
        token = answer.json()["accessToken"]
        claims = jwt.decode(token, options={"verify_signature": False})
        return str(claims["sub"]), {"Authorization": f"Bearer {token}"}

    async def invite(self, client: httpx.AsyncClient, **wishes: object) -> str:
        """A new link of the agent."""
        agent, headers = await self.agent(client)
        body = {"onlyOwnCompanies": False, **wishes}
        answer = await client.post(f"/v1/agents/{agent}/invitations", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["link"])


@pytest.fixture(scope="module")
async def office(
    db: Database, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """The service, until the module ends."""
    async with db.unit() as unit:
        _, created = await ensure_tenant_and_staff(unit)
    [password] = [login.password for login in created if login.role is Role.AGENT]
    port = free_port()
    environment = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path_factory.mktemp("product")),
        "SECRET_KEY": base64.b64encode(b"k" * 32).decode(),
        "PORT": str(port),
        "SANDBOX_TIME_SCALE": "0",
    }
    part = Part("run", environment)
    await part.start()
    url = f"http://127.0.0.1:{port}"
    await wait_until_serving(f"{url}/health")
    yield Office(url, password)
    await part.stop()


@pytest.fixture
async def client(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    """A program that talks to the service."""
    async with httpx.AsyncClient(base_url=office.url, trust_env=False) as session:
        yield session
