"""Serves HTTP and works the queue until it is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.routing import Mount
from typing_extensions import override

from insurance_chat.core.errors import unavailable
from insurance_chat.main.asgi import create_app
from insurance_chat.main.first_start import banner
from insurance_chat.main.http_limits import BoundedHttp
from insurance_chat.main.loop import run_once
from insurance_chat.main.prepare import record
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import Settings
from insurance_chat.main.startup import setting
from insurance_chat.main.worker import run_worker
from insurance_chat.sandbox.smtp import MailCatcher

EVERYTHING = frozenset({"api", "web", "sandbox"})
GRACE_SECONDS = 3


class _Server(uvicorn.Server):
    """Leaves signals to us and tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def run_all(settings: Settings, listener: socket.socket, say: Callable[[str], None]) -> None:
    """Fill an empty database, then serve everything in this process until Ctrl-C.

    Args:
        settings: with a database address; the database is migrated.
        listener: the socket that already holds the port.
        say: prints a line for the person at the screen.
    """

    async def work(stop: asyncio.Event) -> None:
        state = record(settings, await seed(settings))
        port = 0
        used = settings
        if not setting(settings, "smtp_url"):
            port = _free_port()
            practice = settings.mail.for_practice(f"smtp://127.0.0.1:{port}")
            used = settings.model_copy(update={"mail": practice})
        doors = _Doors(EVERYTHING, listener, port, worker=True)
        await _serve(used, doors, stop, lambda: say(banner(state, settings.core.data_dir)))

    run_until_stopped(work)


def run_http(
    settings: Settings,
    listener: socket.socket,
    parts: frozenset[str],
    say: Callable[[str], None],
    smtp_port: int = 0,
) -> None:
    """Serve some doors of the product, without the queue, until Ctrl-C.

    Args:
        settings: with a database address.
        listener: the socket that already holds the port.
        parts: of `api`, `web`, `sandbox`.
        say: prints a line for the person at the screen.
        smtp_port: where the emulated mail server listens; 0 starts none.
    """

    async def work(stop: asyncio.Event) -> None:
        address = "http://{}:{}".format(*listener.getsockname()[:2])
        doors = _Doors(parts, listener, smtp_port, worker=False)
        await _serve(settings, doors, stop, lambda: say(f"Работает: {address}"))

    run_until_stopped(work)


def run_queue(settings: Settings, say: Callable[[str], None]) -> None:
    """Work the queue until Ctrl-C.

    Args:
        settings: with a database address.
        say: prints a line for the person at the screen.
    """

    async def work(stop: asyncio.Event) -> None:
        say("Обработчик очереди работает.")
        await run_worker(settings, stop)

    run_until_stopped(work)


def run_until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine with an event that Ctrl-C or SIGTERM sets; a second Ctrl-C does not wait."""
    run_once(_with_signals(work))


async def _with_signals(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, ask_to_stop) for number in _stop_signals()}
    try:
        await work(stop)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_signals() -> list[signal.Signals]:
    if sys.platform == "win32":
        return [signal.SIGINT, signal.SIGTERM, signal.SIGBREAK]
    return [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@dataclass(frozen=True)
class _Doors:
    """What one process opens."""

    parts: frozenset[str]
    listener: socket.socket
    smtp_port: int
    worker: bool


async def _serve(
    settings: Settings, doors: _Doors, stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    app = create_app(settings, doors.parts)
    config = uvicorn.Config(
        app,
        # The application's lifespan is entered below, so its failure reaches us as an exception.
        lifespan="off",
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # The staff pages look for their server when the lifespan begins, and need it loaded by then.
    config.load()
    server = _Server(config, ready)

    async def http() -> None:
        await server.serve(sockets=[doors.listener])
        stop.set()

    async def queue() -> None:
        await run_worker(settings, stop, app.state.services)
        if not stop.is_set():
            raise unavailable("worker_stopped", "Обработчик очереди неожиданно остановился.")

    async def stopper() -> None:
        await stop.wait()
        # Requests that had to be cut off are no news to the person who pressed Ctrl-C.
        logging.getLogger("uvicorn.error").addFilter(lambda _record: False)
        server.should_exit = True

    async with (
        app.router.lifespan_context(app),
        _mail_server(app, doors.smtp_port),
        asyncio.TaskGroup() as group,
    ):
        # 280,000 objects of libraries live for ever; walking over them stopped the process for 84 ms
        # (measured) at every full collection, in the middle of somebody's page or turn.
        gc.freeze()
        group.create_task(stopper())
        group.create_task(http())
        if doors.worker:
            group.create_task(queue())


@contextlib.asynccontextmanager
async def _mail_server(app: FastAPI, port: int) -> AsyncIterator[None]:
    """The emulated mail server beside the emulators of this process, if they are here."""
    mounted = [route.app for route in app.routes if isinstance(route, Mount)]
    states = [one.state for one in (app, *mounted) if isinstance(one, FastAPI)]
    sandbox = next((state.sandbox for state in states if hasattr(state, "sandbox")), None)
    if sandbox is None or not port:
        yield
        return
    try:
        catcher = MailCatcher(sandbox, "127.0.0.1", port)
        await catcher.start()
    except OSError as problem:
        raise unavailable(
            "port_busy",
            f"Порт {port} для учебной почты занят. Выберите другой: sandbox --smtp-port 2525.",
        ) from problem
    try:
        yield
    finally:
        await catcher.stop()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
