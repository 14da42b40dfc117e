"""Typed jobs over procrastinate: the sender owns the contract, a handler registers above it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import procrastinate
import structlog
from procrastinate import PsycopgConnector, RetryStrategy
from procrastinate.worker import Worker
from pydantic import BaseModel, ConfigDict

from insurance_chat.core.clock import utcnow
from insurance_chat.core.tasks import end

log = structlog.get_logger()
HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = 10.0
GRACE_SECONDS = 5.0
ASK_SECONDS = 0.2
CONNECTIONS = 4  # at most, of a worker besides those of its handlers


class Job(BaseModel):
    """A frozen order to do something later. Holds ids, never personal data (it is stored in clear)."""

    model_config = ConfigDict(frozen=True)
    name: ClassVar[str]
    queue: ClassVar[str] = "default"

    def lock(self) -> str | None:
        """Jobs with the same lock run one after another."""
        return None


JobT = TypeVar("JobT", bound=Job)
Handler = Callable[[Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler of a job class, or a periodic duty when `cron` is set."""

    name: str
    handler: Handler
    job: type[Job] | None
    attempts: int
    wait_seconds: int
    cron: str | None = None


REGISTRY: dict[str, Registration] = {}


def handles(
    job: type[JobT], *, attempts: int = 5, wait_seconds: int = 2
) -> Callable[[Callable[[JobT, Any], Awaitable[None]]], Callable[[JobT, Any], Awaitable[None]]]:
    """Register the one handler of a job; it gets the job and the process's services.

    Args:
        attempts: how many times it is tried in all.
        wait_seconds: base of the exponential wait between tries.
    """

    def register(
        handler: Callable[[JobT, Any], Awaitable[None]],
    ) -> Callable[[JobT, Any], Awaitable[None]]:
        _add(Registration(job.name, handler, job, attempts, wait_seconds))
        return handler

    return register


def periodic(
    name: str, cron: str
) -> Callable[[Callable[[Any], Awaitable[None]]], Callable[[Any], Awaitable[None]]]:
    """Register a duty that one worker of the installation does on a schedule (cron, 5 or 6 fields)."""

    def register(handler: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def run(_timestamp: Any, services: Any) -> None:
            await handler(services)

        _add(Registration(name, run, None, 1, 0, cron))
        return handler

    return register


def _add(registration: Registration) -> None:
    if registration.name in REGISTRY:
        raise RuntimeError(f"two handlers for job {registration.name}")
    REGISTRY[registration.name] = registration


class JobQueue:
    """The queue as senders see it; the row is written by the sender's own transaction."""

    def __init__(self, dsn: str) -> None:
        connector = PsycopgConnector(conninfo=dsn, min_size=1, max_size=CONNECTIONS)
        self.app = procrastinate.App(connector=connector)

    async def defer(self, connection: Any, job: Job, *, at: datetime | None = None) -> None:
        """Write the job row on the given psycopg connection (and so in its transaction).

        Args:
            at: not before this moment; such a job carries no lock, or it would freeze the others.
        """
        lock = None if at is not None else job.lock()
        deferrer = self.app.configure_task(
            job.name, lock=lock, queue=job.queue, schedule_at=at, connection=connection
        )
        await deferrer.defer_async(**job.model_dump(mode="json"))

    def bind(self, services: Any) -> None:
        """Give every registered handler to the worker's application."""
        for registration in REGISTRY.values():
            if registration.cron is None:
                self._bind_job(registration, services)
            else:
                self._bind_periodic(registration, services)

    def _bind_job(self, registration: Registration, services: Any) -> None:
        async def run(**payload: Any) -> None:
            job_class = registration.job
            assert job_class is not None
            await registration.handler(job_class.model_validate(payload), services)

        retry = RetryStrategy(
            max_attempts=registration.attempts - 1,
            exponential_wait=registration.wait_seconds,
        )
        self.app.task(run, name=registration.name, retry=retry)  # type: ignore[call-overload]

    def _bind_periodic(self, registration: Registration, services: Any) -> None:
        async def run(timestamp: int) -> None:
            await registration.handler(timestamp, services)

        task = self.app.task(run, name=registration.name, pass_context=False)  # type: ignore[call-overload]
        self.app.periodic(cron=registration.cron or "")(task)

    async def work(self, stop: asyncio.Event | None = None, *, concurrency: int = 8) -> None:
        """Run jobs until `stop` is set, or until the queue is empty when there is no `stop`.

        Jobs of a process that died (no heartbeat) are given back to the queue: every handler may be
        repeated, and a lock that a dead job holds would stop its conversation for ever.

        Args:
            stop: asks to finish; jobs under way get a few seconds.
            concurrency: jobs at once.
        """
        loop = asyncio.get_running_loop()
        async with self.app.open_async():
            worker = self._worker(wait=stop is not None, concurrency=concurrency)
            running = loop.create_task(worker.run(), name="queue")  # type: ignore[no-untyped-call]
            rescue = loop.create_task(self._rescue_forever(), name="rescue")
            try:
                await _until(running, stop)
            finally:
                await end(rescue)
                await _finish(worker, running)

    def _worker(self, *, wait: bool, concurrency: int) -> Worker:
        return Worker(
            self.app,
            wait=wait,
            concurrency=concurrency,
            listen_notify=wait,
            install_signal_handlers=False,
            fetch_job_polling_interval=1.0,
            delete_jobs="successful",
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_SECONDS,
            shutdown_graceful_timeout=GRACE_SECONDS,
        )

    async def _rescue_forever(self) -> None:
        while True:
            try:
                await self.rescue()
            except Exception:
                log.exception("job_rescue_failed")
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def rescue(self) -> int:
        """Give back the jobs of dead workers; returns how many."""
        manager = self.app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
        for job in stalled:
            log.warning("job_rescued", task=job.task_name, job=job.id)
            await manager.retry_job(job, retry_at=utcnow())
        return len(stalled)


async def _until(running: asyncio.Task[None], stop: asyncio.Event | None) -> None:
    """Wait for the end of the worker, or for the wish to end it; its failure is raised."""
    if stop is not None:
        wish = asyncio.get_running_loop().create_task(stop.wait())
        try:
            await asyncio.wait({running, wish}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(wish)
    if stop is None or running.done():
        await asyncio.shield(running)


async def _finish(worker: Worker, running: asyncio.Task[None]) -> None:
    """Ask again and again: a worker forgets what it was asked before it had begun to run."""
    for _ in range(int(2 * GRACE_SECONDS / ASK_SECONDS)):
        if running.done():
            return
        worker.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({running}, timeout=ASK_SECONDS)
    await end(running)


async def drain(queue: JobQueue) -> None:
    """Run everything that is due now and return (tests and the crash check)."""
    await asyncio.wait_for(queue.work(), timeout=120)
