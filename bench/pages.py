"""How long each page of the administrator takes, with 1,000 documents and 100,000 messages.

`python -m bench.pages` seeds a database, serves the pages in a process of their own, logs in as the
administrator and asks for every page without a browser: until the first byte comes, since the page is
built before anything is sent. The goal is less than 200 ms.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from insurance_chat.accounts.seed import ensure_tenant_and_staff
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Role
from insurance_chat.main.migrate import migrate
from insurance_chat.web.app import PAGES
from tests.support.processes import Part, free_port, wait_until_serving

SEED = Path(__file__).parent / "data" / "pages_seed.sql"
GOAL_MS = 200


@dataclass(frozen=True)
class Size:
    """How much there is (25 messages a chat), and how often each page is asked for."""

    chats: int
    times: int


FULL = Size(chats=4000, times=10)
QUICK = Size(chats=400, times=5)


async def _fill(url: str, data_dir: Path, size: Size) -> str:
    """Seed the database; gives the administrator's password."""
    cipher = Cipher([load_key("", data_dir)])
    database = Database(url, cipher, pool_size=2)
    async with database.unit() as unit:
        tenant_id, created = await ensure_tenant_and_staff(unit)
    await database.close()
    values: dict[str, Any] = {
        "tenant": tenant_id,
        "chats": size.chats,
        "said": cipher.seal_json({"text": "Сколько стоит ОСАГО на машину в Казани?"}),
        "subject": cipher.seal_json({"title": "LADA Vesta", "file_size": 1, "email": "a@b.ru"}),
        "details": cipher.seal_json({"text": "Подробности"}),
        "words": cipher.seal("Какая франшиза у каско?"),
    }
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for statement in SEED.read_text("utf-8").split(";\n"):
            if statement.strip():
                cursor = psycopg.AsyncClientCursor(connection)
                await cursor.execute(statement.encode(), values)
    return next(login.password for login in created if login.role is Role.ADMIN)


def paths() -> list[str]:
    """Every page of the administrator that needs no number in its address."""
    return [page.path for page in PAGES if "/admin/" in page.path and "{" not in page.path]


async def _first_byte(http: httpx.AsyncClient, path: str) -> float:
    """Milliseconds until the page begins to come.

    Raises:
        RuntimeError: the page is not shown.
    """
    begun = time.perf_counter()
    async with http.stream("GET", f"/staff{path}") as answer:
        taken = (time.perf_counter() - begun) * 1000
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        await answer.aread()
    return taken


@dataclass(frozen=True)
class Result:
    """One page: milliseconds of each answer, and of the processor of the process of the pages."""

    path: str
    times: list[float]
    processor: float


async def _measure(url: str, password: str, size: Size, process: psutil.Process) -> list[Result]:
    async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url}) as http:
        entered = await http.post("/staff/login", data={"login": "admin", "password": password})
        if "/login" in entered.headers["location"]:
            raise RuntimeError("the log-in failed")
        found = []
        for path in paths():
            await _first_byte(http, path)
            before = process.cpu_times()
            times = [await _first_byte(http, path) for _ in range(size.times)]
            after = process.cpu_times()
            spent = after.user + after.system - before.user - before.system
            found.append(Result(path, times, spent * 1000 / size.times))
        return found


async def report(size: Size = FULL) -> None:
    """Seed, serve, measure, print one table."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        server = EmbeddedPostgres(data_dir)
        dsn = server.start()
        try:
            migrate(dsn)
            password = await _fill(dsn, data_dir, size)
            port = free_port()
            web = Part("web", {"DATABASE_URL": dsn, "DATA_DIR": folder, "PORT": str(port)})
            await web.start()
            url = f"http://127.0.0.1:{port}"
            try:
                await wait_until_serving(f"{url}/staff/login")
                found = await _measure(url, password, size, psutil.Process(web.pid))
            finally:
                await web.stop()
        finally:
            server.stop()
    _print(found, size)


def _print(found: list[Result], size: Size) -> None:
    print(f"1,000 documents, {size.chats * 25:,} messages; goal: {GOAL_MS} ms\n")
    print("| page | p50, ms | p95, ms | processor, ms |\n|---|---|---|---|")
    for one in sorted(found, key=lambda one: -statistics.median(one.times)):
        late = statistics.quantiles(one.times, n=20, method="inclusive")[-1]
        mark = " over the goal" if late > GOAL_MS else ""
        middle = statistics.median(one.times)
        print(f"| {one.path} | {middle:.0f} | {late:.0f}{mark} | {one.processor:.0f} |")


if __name__ == "__main__":
    asyncio.run(report())
