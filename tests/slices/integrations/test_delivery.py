"""Webhooks arrive signed, once, and are tried again when the receiver misbehaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.jobs import drain
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service, tasks
from insurance_chat.integrations.delivery import LADDER, deliver_due
from insurance_chat.integrations.jobs import DeliverWebhooks
from insurance_chat.integrations.signing import signature

CONTEXT = {"sessionId": "s", "messageId": "m", "sender": "user", "text": "Нужен полис"}


async def record_one(services: Any, admin: Principal, url: str) -> str:
    async with services.db.unit() as unit:
        new = await service.subscribe(unit, admin, services.integrations, url)
        await service.record(unit, 1, "chat.message.created", "user", CONTEXT)
    return new.secret


def documented_check() -> Callable[[str, str, bytes], bool]:
    """The function that the integrator's guide tells receivers to copy."""
    guide = Path(__file__).parents[3] / "docs" / "integrator" / "webhooks.md"
    code = guide.read_text("utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own documentation
    check: Callable[[str, str, bytes], bool] = names["is_genuine"]
    return check


async def test_a_receiver_can_check_the_signature_as_documented(
    services: Any, receiver: Any, admin: Principal
) -> None:
    secret = await record_one(services, admin, receiver.url)
    await deliver_due(services)
    [request] = receiver.requests
    header = request.headers["x-insurance-chat-signature"]
    is_genuine = documented_check()
    assert is_genuine(secret, header, request.body)
    assert not is_genuine(secret, header, request.body + b" ")
    assert not is_genuine("whsec_other", header, request.body)
    old = signature(secret, request.body, int(time.time()) - 600)
    assert not is_genuine(secret, old, request.body)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_a_worker_delivers_what_a_committed_fact_owes(
    db: Database, services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    await record_one(services, admin, receiver.url)
    db.queue.bind(services)
    await drain(db.queue)
    [row] = await look.deliveries()
    assert (row["status"], row["attempts"], row["last_status"]) == ("delivered", 1, 200)
    assert row["delivered_at"] is not None
    assert len(receiver.requests) == 1


async def test_a_job_that_runs_many_times_at_once_delivers_once(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    await record_one(services, admin, receiver.url)
    [event] = await look.query("select id from domain_events")
    job = DeliverWebhooks(event=event["id"])
    await asyncio.gather(*(tasks.deliver_webhooks(job, services) for _ in range(5)))
    await tasks.deliver_webhooks(job, services)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (500, 500, "http_500"),
        (404, 404, "http_404"),
        (302, 302, "redirect"),
        ("hang", None, "timeout"),
        ("drop", None, "connection: RemoteProtocolError"),
    ],
)
async def test_a_misbehaving_receiver_gets_the_same_event_again(
    answer: int | str,
    status: int | None,
    error: str,
    services: Any,
    receiver: Any,
    admin: Principal,
    look: Any,
) -> None:
    receiver.answers = [answer]
    await record_one(services, admin, receiver.url)
    await deliver_due(services)
    [row] = await look.deliveries()
    assert (row["status"], row["last_status"], row["last_error"]) == ("pending", status, error)
    assert 8 < row["wait"] <= 10
    assert await deliver_due(services) == 0

    await look.let_time_pass()
    await tasks.sweep_webhooks(services)
    [row] = await look.deliveries()
    assert (row["status"], row["attempts"], row["last_error"]) == ("delivered", 2, None)
    first, second = receiver.requests
    assert first.path == second.path == "/hook"
    assert first.body == second.body
    assert first.headers["x-insurance-chat-delivery"] == second.headers["x-insurance-chat-delivery"]


async def test_nobody_listening_is_retried_and_the_retry_is_ordered_as_a_job(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    await record_one(services, admin, "http://127.0.0.1:9/hook")
    await deliver_due(services)
    [row] = await look.deliveries()
    assert (row["status"], row["last_error"]) == ("pending", "connection: ConnectError")
    retry = await look.query("select 1 from procrastinate_jobs where scheduled_at is not null")
    assert len(retry) == 1


async def test_an_endless_answer_is_not_read(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    receiver.answers = ["endless"]
    await record_one(services, admin, receiver.url)
    await deliver_due(services)
    [row] = await look.deliveries()
    assert row["status"] == "delivered"


async def test_waits_grow_by_the_ladder_and_then_the_delivery_is_dead(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    receiver.answers = [503] * 20
    await record_one(services, admin, receiver.url)
    for wait in LADDER:
        await deliver_due(services)
        [row] = await look.deliveries()
        assert row["status"] == "pending"
        assert row["wait"] == pytest.approx(wait.total_seconds(), abs=5)
        await look.let_time_pass()
    await deliver_due(services)
    [row] = await look.deliveries()
    assert (row["status"], row["attempts"]) == ("dead", 8)
    await look.let_time_pass()
    assert await deliver_due(services) == 0


async def test_gone_ends_the_subscription_and_all_that_it_waits_for(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    receiver.answers = [503, 410]
    await record_one(services, admin, receiver.url)
    await deliver_due(services)
    async with services.db.unit() as unit:
        await service.record(unit, 1, "kb.doc.deleted", "system", {"docId": "d"})
    await deliver_due(services)
    assert [row["status"] for row in await look.deliveries()] == ["dead", "dead"]
    async with services.db.unit() as unit:
        [shown] = await service.list_subscriptions(unit, admin)
        await service.record(unit, 1, "kb.doc.deleted", "system", {"docId": "e"})
    assert not shown.active
    assert len(await look.deliveries()) == 2


async def test_a_delivery_left_by_a_dead_process_is_taken_after_its_lease(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    await record_one(services, admin, receiver.url)
    await look.query("update webhook_deliveries set attempts = 1, next_attempt_at = now() + '1 h'")
    assert await deliver_due(services) == 0
    await look.let_time_pass()
    await deliver_due(services)
    [row] = await look.deliveries()
    assert (row["status"], row["attempts"]) == ("delivered", 2)


async def test_one_slow_receiver_does_not_hold_the_others(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    async with services.db.unit() as unit:
        for _ in range(3):
            await service.subscribe(unit, admin, services.integrations, receiver.url)
        await service.record(unit, 1, "chat.message.created", "user", CONTEXT)
    receiver.answers = ["hang"]
    await deliver_due(services)
    statuses = sorted(row["status"] for row in await look.deliveries())
    assert statuses == ["delivered", "delivered", "pending"]


async def test_a_name_is_kept_in_the_host_header_while_the_connection_goes_to_its_number(
    services: Any, receiver: Any, admin: Principal
) -> None:
    await record_one(services, admin, f"http://localhost:{receiver.port}/hook?a=1")
    await deliver_due(services)
    [request] = receiver.requests
    assert request.headers["host"] == f"localhost:{receiver.port}"
    assert request.headers["connection"] == "close"
    assert request.path == "/hook?a=1"
