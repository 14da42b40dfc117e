"""Turns per second, and how long a client waits for a reply, against a bare baseline.

`python -m bench.turns` starts PostgreSQL, the product's API and the baseline one after another on
this machine, and prints one table. The ratio compares turns with bare inserts in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import aiohttp
import psutil

from bench import webhooks
from insurance_chat.core.db.embedded import EmbeddedPostgres
from tests.support.processes import free_port, wait_until_serving

PHRASES = (Path(__file__).parent / "data" / "turn_phrases.txt").read_text("utf-8").splitlines()
STRIDE = 7  # clients begin at different phrases, the same ones in every run
WARM_UP = 6


@dataclass(frozen=True)
class Size:
    """How much is measured: turns a row, messages in the long thread, turns before the last weighing."""

    turns: int
    thread: int
    many: int
    notices: int


FULL = Size(turns=2000, thread=1000, many=10_000, notices=2000)
QUICK = Size(turns=300, thread=100, many=1500, notices=300)


@dataclass
class Result:
    """One row: turns a second, latencies in milliseconds."""

    name: str
    clients: int
    rate: float
    p50: float
    p99: float


class Talker:
    """One client with an open socket: says the next phrase, waits for the reply."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, number: int = 0, *, bare: bool
    ) -> None:
        self._next = number * STRIDE
        self._http, self._url, self._bare = http, url, bare
        self.session = str(uuid4())
        self.headers: dict[str, str] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def open(self) -> None:
        """Make a session and listen to it."""
        if self._bare:
            self._socket = await self._http.ws_connect(f"{self._url}/ws/{self.session}")
            return
        body = {"channel": "web", "channelUserId": self.session}
        async with self._http.post(f"{self._url}/v1/chat/sessions", json=body) as answer:
            made = await answer.json()
        self.session = made["id"]
        self.headers = {"Authorization": f"Bearer {made['accessToken']}"}
        self._socket = await self._http.ws_connect(
            f"{self._url}/v1/chat/sessions/{self.session}/ws",
            protocols=("insurance-chat.v1", f"token.{made['accessToken']}"),
        )

    async def turn(self) -> float:
        """Seconds from posting to the reply on the socket."""
        assert self._socket is not None
        text = PHRASES[self._next % len(PHRASES)]
        self._next += 1
        body = {
            "sessionId": self.session,
            "sender": "user",
            "text": text,
            "clientMessageId": str(uuid4()),
        }
        path = "/messages" if self._bare else "/v1/chat/messages"
        begun = time.perf_counter()
        async with self._http.post(self._url + path, json=body, headers=self.headers) as answer:
            assert answer.status == 201, await answer.text()
        while True:
            frame = json.loads((await self._socket.receive()).data)
            message = frame.get("message") or frame
            if frame["type"] == "message" and message["sender"] == "ai":
                return time.perf_counter() - begun

    async def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            await self._socket.close()


async def measure(url: str, clients: int, turns: int, name: str, *, bare: bool) -> Result:
    """Let `clients` talk at once until `turns` turns are done in all."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        talkers = [Talker(http, url, number, bare=bare) for number in range(clients)]
        for talker in talkers:
            await talker.open()
            for _ in range(WARM_UP):
                await talker.turn()
        latencies: list[float] = []
        left = iter(range(turns))

        async def talk(talker: Talker) -> None:
            for _ in left:
                latencies.append(await talker.turn())

        begun = time.perf_counter()
        await asyncio.gather(*(talk(talker) for talker in talkers))
        spent = time.perf_counter() - begun
        for talker in talkers:
            await talker.close()
    return _result(name, clients, latencies, spent)


def _result(name: str, clients: int, latencies: list[float], spent: float) -> Result:
    ordered = sorted(latencies)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Result(name, clients, len(ordered) / spent, ordered[len(ordered) // 2] * 1e3, p99 * 1e3)


async def measure_long_thread(url: str, length: int, turns: int = 200) -> Result:
    """Turns of one client whose thread already has `length` messages."""
    async with aiohttp.ClientSession() as http:
        talker = Talker(http, url, bare=False)
        await talker.open()
        for _ in range(length // 2):
            await talker.turn()
        latencies = [await talker.turn() for _ in range(turns)]
        await talker.close()
    return _result(f"thread of {length}", 1, latencies, sum(latencies))


def show(rows: list[Result]) -> None:
    """Print the table; the ratio is to the bare row with as many clients."""
    bare = {row.clients: row.rate for row in rows if row.name == "bare"}
    print("| what | clients | turns/s | p50 ms | p99 ms | ratio |\n|---|---|---|---|---|---|")
    for row in rows:
        ratio = f"{row.rate / bare[row.clients]:.2f}" if row.name == "product" else ""
        print(
            f"| {row.name} | {row.clients} | {row.rate:.0f} | {row.p50:.1f} | {row.p99:.1f}"
            f" | {ratio} |"
        )


def start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Run a module in a process of its own; `BENCH_LOG` lets it complain aloud."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("BENCH_LOG") else subprocess.DEVNULL,
    )


def _megabytes(process: subprocess.Popen[bytes]) -> float:
    found = psutil.Process(process.pid)
    return sum(p.memory_info().rss for p in (found, *found.children(recursive=True))) / 2**20


async def report(size: Size, clients: list[int]) -> None:
    """Baseline and product, one after another on the same database server; prints tables."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        url = server.start()
        try:
            rows = await _baseline(url, size, clients)
            await _product(url, folder, size, clients, rows)
        finally:
            server.stop()


async def _baseline(url: str, size: Size, clients: list[int]) -> list[Result]:
    port = free_port()
    bare = start(
        f"uvicorn --factory bench.bare:create_app --port {port} --no-access-log".split(),
        {"DATABASE_URL": url},
    )
    address = f"http://127.0.0.1:{port}"
    await wait_until_serving(f"{address}/health")
    rows = [await measure(address, n, size.turns, "bare", bare=True) for n in clients]
    bare.kill()
    bare.wait()
    return rows


async def _product(
    url: str, folder: str, size: Size, clients: list[int], rows: list[Result]
) -> None:
    port = free_port()
    environment = {
        "DATABASE_URL": url,
        "DATA_DIR": f"{folder}/data",
        "PORT": str(port),
        "CHAT_SESSIONS_PER_MINUTE": "1000000",
        "POLIS_ONLINE_URL": "",
        "POLIS_ONLINE_WEBHOOK_SECRET": "",
    }
    assert start(["insurance_chat", "seed"], environment).wait() == 0
    process = start(["insurance_chat", "api"], environment)
    address = f"http://127.0.0.1:{port}"
    await wait_until_serving(f"{address}/health")
    rest = _megabytes(process)
    rows += [await measure(address, n, size.turns, "product", bare=False) for n in clients]
    rows += [await measure_long_thread(address, length) for length in (10, size.thread)]
    show(rows)
    done = size.turns * len(clients) + size.thread // 2 + 400
    await measure(address, max(clients), max(0, size.many - done), "more", bare=False)
    print("\n| memory of the API process | MiB |\n|---|---|")
    print(f"| at rest | {rest:.0f} |")
    print(f"| after {size.many:,} turns | {_megabytes(process):.0f} |")
    await webhooks.show(address, url, size.notices)
    process.kill()
    process.wait()


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=FULL.turns, help="turns per row")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 50])
    given = parser.parse_args()
    asyncio.run(report(replace(FULL, turns=given.turns), given.clients))


if __name__ == "__main__":
    main()
