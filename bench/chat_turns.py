"""Our own overhead of a turn through `POST /api/chat`, beside a minimal LangGraph server.

`python -m bench chat`: PostgreSQL, a model that answers at once over HTTP, the product's API and the
LangGraph server are started on this machine, one uvicorn worker each. Row by row the two are measured
in turn, with the same clients, the same words and the same model, while the other one has nothing to
do. Long threads of the product are grown by real turns, those of LangGraph are put there at once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import aiohttp
import psutil

from bench.turns import PHRASES, STRIDE, start
from insurance_chat.core.db.embedded import EmbeddedPostgres
from tests.support.processes import free_port, wait_until_serving

SHORT, GOAL_THREAD, GOAL_CLIENTS, GOAL = 10, 500, 16, 3.0
FILL_AT_ONCE = 16


@dataclass(frozen=True)
class Size:
    """How much is measured: turns a row, clients of the rows, messages in a long thread."""

    turns: int
    clients: tuple[int, ...]
    thread: int
    goal_thread: int = GOAL_THREAD


FULL = Size(turns=600, clients=(1, 16, 50), thread=1000)
QUICK = Size(turns=150, clients=(1, 16), thread=100, goal_thread=60)


@dataclass
class Row:
    """One row.

    Turns a second, latencies and processor time of the server's
    process in milliseconds, calls of the model a turn.
    """

    who: str
    clients: int
    thread: int
    rate: float
    p50: float
    p99: float
    calls: float
    cpu: float


@dataclass
class Server:
    """One of the two servers with its threads.

    Args:
        seeds: long threads are put there at once.
    """

    who: str
    url: str
    model_url: str
    process: psutil.Process
    seeds: bool
    lengths: dict[str, int] = field(default_factory=dict)
    http: aiohttp.ClientSession = field(init=False)

    async def turn(self, thread: str) -> float:
        """Seconds from the question to the answer."""
        said = self.lengths.get(thread, 0) // 2
        text = PHRASES[(said + STRIDE * sum(thread.encode())) % len(PHRASES)]
        begun = time.perf_counter()
        async with self.http.post(
            f"{self.url}/api/chat", json={"message": text, "thread_id": thread}
        ) as answer:
            body = await answer.json()
            assert answer.status == 200, body
        assert body["response"], body
        self.lengths[thread] = self.lengths.get(thread, 0) + 2
        return time.perf_counter() - begun

    async def grow(self, threads: Sequence[str], length: int) -> None:
        """Bring threads to so many messages."""
        if self.seeds:
            for thread in threads:
                count = length - self.lengths.get(thread, 0)
                body = {"thread_id": thread, "count": count, "texts": PHRASES}
                async with self.http.post(f"{self.url}/seed", json=body) as answer:
                    assert answer.status == 200
                self.lengths[thread] = length
            return
        slots = asyncio.Semaphore(FILL_AT_ONCE)

        async def fill(thread: str) -> None:
            async with slots:
                while self.lengths.get(thread, 0) < length:
                    await self.turn(thread)

        await asyncio.gather(*(fill(thread) for thread in threads))

    async def measure(self, threads: Sequence[str], turns: int) -> Row:
        """Let as many clients as there are threads talk at once."""
        length = self.lengths[threads[0]]
        before, cpu = await self._calls(), self._cpu()
        spent: list[float] = []
        left = iter(range(turns))

        async def talk(thread: str) -> None:
            for _ in left:
                spent.append(await self.turn(thread))

        begun = time.perf_counter()
        await asyncio.gather(*(talk(thread) for thread in threads))
        whole = time.perf_counter() - begun
        spent.sort()
        return Row(
            self.who,
            len(threads),
            length,
            len(spent) / whole,
            spent[len(spent) // 2] * 1e3,
            spent[min(len(spent) - 1, int(len(spent) * 0.99))] * 1e3,
            (await self._calls() - before) / len(spent),
            (self._cpu() - cpu) / len(spent) * 1e3,
        )

    def _cpu(self) -> float:
        spent = self.process.cpu_times()
        return float(spent.user + spent.system)

    async def _calls(self) -> int:
        async with self.http.get(f"{self.model_url}/calls") as answer:
            return int((await answer.json())["calls"])


async def _rows(server: Server, size: Size) -> AsyncIterator[Row]:
    """Short threads with all numbers of clients, the goal's threads, long threads."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as server.http:
        for clients in size.clients:
            short = [uuid4().hex for _ in range(clients)]
            await server.grow(short, SHORT)
            yield await server.measure(short, max(clients, size.turns // 3))
        threads = [uuid4().hex for _ in range(max(size.clients))]
        goal = threads[:GOAL_CLIENTS]
        await server.grow(goal, size.goal_thread)
        yield await server.measure(goal, size.turns)
        await server.grow(threads, size.thread)
        for clients in size.clients:
            yield await server.measure(threads[:clients], max(clients, size.turns // 3))


async def report(size: Size) -> None:
    """Start everything, measure row by row, print a table and what became of the goal."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        postgres = EmbeddedPostgres(Path(folder) / "postgres")
        database = postgres.start()
        stack.callback(postgres.stop)
        model_url, _ = await _serve(stack, "bench.fake_model", {})
        product = await _product(stack, folder, database, model_url)
        environment = {"MODEL_URL": f"{model_url}/v1", "SQLITE_FILE": f"{folder}/langgraph.sqlite"}
        url, process = await _serve(stack, "bench.langgraph_server", environment)
        langgraph = Server("LangGraph", url, model_url, process, seeds=True)
        ours, theirs = [], []
        rows = _rows(langgraph, size)
        async for our in _rows(product, size):
            ours.append(our)
            theirs.append(await anext(rows))
        await rows.aclose()
    _show(ours, theirs, size)


async def _serve(
    stack: ExitStack, module: str, environment: dict[str, str]
) -> tuple[str, psutil.Process]:
    """Start an application of the bench, one worker; it ends with the stack."""
    port = free_port()
    command = f"uvicorn --factory {module}:create_app --port {port} --no-access-log".split()
    return await _started(stack, command, port, environment)


async def _product(stack: ExitStack, folder: str, database: str, model_url: str) -> Server:
    port = free_port()
    environment = {
        "DATABASE_URL": database,
        "DATA_DIR": f"{folder}/data",
        "PORT": str(port),
        "CHAT_API_PER_MINUTE": "100000000",
        "CHAT_API_THREAD_PER_MINUTE": "100000000",
        "CHAT_SESSIONS_PER_MINUTE": "100000000",
        "POLIS_ONLINE_URL": "",
        "POLIS_ONLINE_WEBHOOK_SECRET": "",
        "LLM_API_KEY": "bench",
        "LLM_BASE_URL": f"{model_url}/v1",
        "LLM_MODEL": "bench",
    }
    assert start(["insurance_chat", "seed"], environment).wait() == 0
    url, process = await _started(stack, ["insurance_chat", "api"], port, environment)
    return Server("product", url, model_url, process, seeds=False)


async def _started(
    stack: ExitStack, command: list[str], port: int, environment: dict[str, str]
) -> tuple[str, psutil.Process]:
    process = start(command, environment)
    stack.callback(process.wait)
    stack.callback(process.kill)
    url = f"http://127.0.0.1:{port}"
    await wait_until_serving(f"{url}/health")
    return url, psutil.Process(process.pid)


def _show(ours: list[Row], theirs: list[Row], size: Size) -> None:
    print(
        f"Load of the machine when this ended: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n"
    )
    print(
        "| clients | messages | who | turns/s | p50 ms | p99 ms | CPU ms a turn | model calls | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for our, their in zip(ours, theirs, strict=True):
        for row, ratio in ((our, f"{our.rate / their.rate:.1f}"), (their, "")):
            print(
                f"| {row.clients} | {row.thread} | {row.who} | {row.rate:.0f} | {row.p50:.1f}"
                f" | {row.p99:.1f} | {row.cpu:.1f} | {row.calls:.2f} | {ratio} |"
            )
    print("\n| growth: p50 of a long thread to a short one | product | LangGraph |\n|---|---|---|")
    for at, clients in enumerate(size.clients):
        long = at - len(size.clients)
        grown = [rows[long].p50 / rows[at].p50 for rows in (ours, theirs)]
        print(f"| {clients} clients, {size.thread} messages | {grown[0]:.2f} | {grown[1]:.2f} |")
    at = len(size.clients)
    ratio = ours[at].rate / theirs[at].rate
    met = "met" if ratio >= GOAL else "NOT met"
    print(
        f"\nGoal of {GOAL:.0f} times LangGraph's turns/s at {GOAL_CLIENTS} clients on threads of "
        f"{size.goal_thread} messages: {ratio:.1f}, {met}."
    )


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short threads, rough numbers")
    asyncio.run(report(QUICK if parser.parse_args().quick else FULL))


if __name__ == "__main__":
    main()
