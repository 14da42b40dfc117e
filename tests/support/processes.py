"""The product as separate processes on loopback, which tests may kill at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg

from tests.support.nursery import NURSERY, Child

START_SECONDS = 300  # ten times what a busy machine needs


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Part:
    """One process of the product: api, worker, web or sandbox.

    Args:
        name: sub-command of `insurance-chat`.
        environment: settings of the installation.
        arguments: options of the sub-command.
    """

    def __init__(self, name: str, environment: dict[str, str], *arguments: str) -> None:
        self.name = name
        self._environment = os.environ | environment
        self._arguments = arguments
        self._process: Child | None = None
        self.kills = 0
        self.started = datetime.now(UTC)

    async def start(self) -> None:
        """Start it; returns before it is ready."""
        self.started = datetime.now(UTC)
        log = Path(self._environment["DATA_DIR"]) / f"{self.name}.log"
        arguments = [self.name, *self._arguments]
        self._process = await NURSERY.start(arguments, self._environment, log)

    @property
    def pid(self) -> int:
        """Number of the running process."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """SIGKILL: no goodbye, nothing is flushed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        self.kills += 1

    async def stop(self) -> None:
        """Ask politely, then insist."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 15)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


class Installation:
    """An installation of several processes over one database.

    Args:
        database_url: a migrated database.
        data_dir: files and keys.
        extra: more settings.
        host: how clients call this computer; under a name that does not say "loopback" the product
            takes itself for reachable from outside.
    """

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        extra: dict[str, str] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        api, sandbox, mail = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{api}"
        self.sandbox_url = f"http://127.0.0.1:{sandbox}"
        environment = {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            "PUBLIC_URL": f"http://{host}:{api}",
            "TELEGRAM_API_URL": f"{self.sandbox_url}/telegram",
            "WHATSAPP_API_URL": f"http://{host}:{sandbox}/graph",
            "INSTAGRAM_API_URL": f"http://{host}:{sandbox}/graph",
            "VOICE_STT_URL": f"{self.sandbox_url}/voice/v1",
            "VOICE_TTS_URL": f"{self.sandbox_url}/voice/v1",
            "POLIS_ONLINE_URL": self.sandbox_url,
            "POLIS_ONLINE_LOGIN": "partner",
            "POLIS_ONLINE_PASSWORD": "partner-password",
            "POLIS_ONLINE_WEBHOOK_SECRET": "secret-of-webhooks-of-the-tests",
            "POLIS_ONLINE_AUTO_REGISTER": "true",
            "SMTP_URL": f"smtp://127.0.0.1:{mail}",
            "CHAT_SESSIONS_PER_MINUTE": "100000",
            "SANDBOX_TIME_SCALE": "0",
        } | (extra or {})
        self.environment = environment
        beside = environment | {"PUBLIC_URL": self.sandbox_url}
        self.api = Part("api", environment, "--port", str(api))
        self.worker = Part("worker", environment)
        self.sandbox = Part("sandbox", beside, "--port", str(sandbox), "--smtp-port", str(mail))

    async def start(self) -> None:
        """Start all parts and wait until they serve."""
        for part in (self.sandbox, self.api, self.worker):
            await part.start()
        await wait_until_serving(f"{self.sandbox_url}/")
        await wait_until_serving(f"{self.url}/health")

    async def wait_until_ready(self, part: Part) -> None:
        """Wait until the api or the worker does its work again after a start."""
        if part is self.api:
            await wait_until_serving(f"{self.url}/health")
            return
        url = self.environment["DATABASE_URL"]
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            for _ in range(START_SECONDS * 10):
                cursor = await connection.execute(
                    "select count(*) from procrastinate_workers where last_heartbeat > %s",
                    (part.started,),
                )
                if (await cursor.fetchone() or (0,))[0]:
                    return
                await asyncio.sleep(0.1)
        raise AssertionError("the worker does not work")

    async def wait_until_registered(self, part: Part) -> None:
        """Wait until a worker that was just started has taken its place beside the others."""
        url = self.environment["DATABASE_URL"]
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            query = "select coalesce(max(id), 0) from procrastinate_workers"
            before = await (await connection.execute(query)).fetchone()
            for _ in range(START_SECONDS * 10):
                if await (await connection.execute(query)).fetchone() != before:
                    return
                await asyncio.sleep(0.1)
        raise AssertionError(f"{part.name} {part.pid} does not work")

    async def stop(self) -> None:
        """Stop all parts."""
        for part in (self.worker, self.api, self.sandbox):
            await part.stop()


async def wait_until_serving(url: str) -> None:
    """Wait for the first good answer."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(START_SECONDS * 10):
            try:
                if (await client.get(url)).status_code < 500:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
