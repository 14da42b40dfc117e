"""Starts processes of the product by forking one that has imported it already.

Importing the product takes five seconds of a processor, and the tests start it some hundred times. A fork
is as much a process of its own as any: it has its number, its database connections and its death by
SIGKILL. The journeys of `startup` use the real command.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import selectors
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

WARM = ("main.startup", "main.run", "main.migrate", "main.prepare", "main.cli")
LARGEST_ORDER = 1 << 20  # bytes; the environment travels with it


class Child:
    """A process that was forked; the part of `asyncio.subprocess.Process` that tests need."""

    def __init__(
        self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._reader, self._writer = reader, writer

    async def wait(self) -> int:
        """Until it has ended; minus the number of the signal when one has killed it."""
        if self.returncode is None:
            line = await self._reader.readline()
            self.returncode = json.loads(line)["ended"] if line else -signal.SIGKILL
            self._writer.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """To a process that may have ended meanwhile."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask politely."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Insist."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that forks; started with the first child and ended with this process."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._name = f"nursery-{uuid4().hex}"

    async def start(self, arguments: list[str], environment: dict[str, str], log: Path) -> Child:
        """A process of the product.

        Args:
            arguments: of the command `insurance-chat`.
            environment: all of it.
            log: where its output is added.
        """
        if self._process is None:
            await self._open()
        reader, writer = await asyncio.open_unix_connection(f"\0{self._name}")
        order = {"arguments": arguments, "environment": environment, "log": str(log)}
        writer.write(json.dumps(order).encode() + b"\n")
        born = json.loads(await reader.readline())
        return Child(born["pid"], reader, writer)

    async def _open(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.nursery", self._name),
            stdin=asyncio.subprocess.PIPE,  # it ends when nobody holds the other side any more
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout is not None
        ready = await self._process.stdout.readline()
        assert ready == b"ready\n", "the product could not be imported"


NURSERY = Nursery()


def serve(name: str) -> None:
    """Fork on order until the input ends.

    Args:
        name: of the socket; it has no file that could be left behind.
    """
    for module in WARM:
        import_module(f"insurance_chat.{module}")
    gc.collect()
    gc.freeze()  # children share these pages as long as nobody writes on them
    with socket.socket(socket.AF_UNIX) as door, selectors.DefaultSelector() as waiting:
        door.bind(f"\0{name}")
        door.listen()
        waiting.register(door, selectors.EVENT_READ)
        waiting.register(sys.stdin, selectors.EVENT_READ)
        os.write(1, b"ready\n")
        _work(door, waiting)


def _work(door: socket.socket, waiting: selectors.BaseSelector) -> None:
    alive: set[int] = set()
    while True:
        for key, _ in waiting.select():
            if key.fileobj is sys.stdin:
                for pid in alive:
                    os.kill(pid, signal.SIGKILL)
                return
            if key.fileobj is door:
                caller, _ = door.accept()
                pid = _fork(caller)
                alive.add(pid)
                waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, caller))
                _tell(caller, pid=pid)
            else:
                pid, caller = key.data
                _, status = os.waitpid(pid, 0)
                alive.discard(pid)
                waiting.unregister(key.fileobj)
                os.close(key.fd)
                _tell(caller, ended=os.waitstatus_to_exitcode(status))
                caller.close()


def _tell(caller: socket.socket, **news: Any) -> None:
    with suppress(OSError):  # whoever has ordered it is gone
        caller.sendall(json.dumps(news).encode() + b"\n")


def _fork(caller: socket.socket) -> int:
    with caller.makefile("rb") as lines:
        order = json.loads(lines.readline(LARGEST_ORDER))
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _become(order)
        code = _run(order["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become(order: dict[str, Any]) -> None:
    """Nothing of the parent is left but its modules."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    output = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(order["environment"])
    random.seed()


def _run(arguments: list[str]) -> int:
    sys.argv = ["insurance-chat", *arguments]
    try:
        import_module("insurance_chat.main.cli").main()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
