"""The daily backup: ordered at its hour, made up, tried again, told of in the panel and by letter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from insurance_chat.accounts.models import User
from insurance_chat.conversations.reports.repository import IncidentFilter, IncidentRepository
from insurance_chat.core.backups.desk import BackupDesk
from insurance_chat.core.backups.making import Source
from insurance_chat.core.backups.settings import BackupSettings
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import local_file_store
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.backups import duties, service
from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.sandbox.smtp import MailCatcher

NIGHT = datetime(2026, 11, 20, 3, tzinfo=MOSCOW)
MORNING = NIGHT + timedelta(hours=6)


@pytest.fixture(autouse=True)
async def clean(db: Database, tenant_id: int) -> None:
    async with db.pool.connection() as connection:
        await connection.execute("truncate backup_runs, incidents, procrastinate_jobs cascade")
        await connection.execute("delete from users")
        await connection.execute("update tenants set created_at = '2026-01-01'")


async def orders(db: Database) -> list[tuple[str, dict[str, Any]]]:
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select task_name, args from procrastinate_jobs order by id"
        )
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def attempt(db: Database, status: str, at: datetime, error: str | None = None) -> None:
    async with db.pool.connection() as connection:
        await connection.execute(
            "insert into backup_runs (kind, trigger, place, status, started_at, finished_at, error)"
            " values ('backup', 'daily', '', %s, %s, %s, %s)",
            (status, at, at, error),
        )


async def alarms(db: Database, tenant_id: int) -> list[str]:
    async with db.unit() as unit:
        rows, _ = await IncidentRepository(unit, tenant_id).page(IncidentFilter(), 0, 10)
        return [str(row.details["text"]) for row in rows]


async def test_a_backup_is_ordered_once_a_day(db: Database) -> None:
    soon = NIGHT + timedelta(minutes=1)
    await duties.look_after(db, BackupSettings(), soon)
    assert await orders(db) == [("backups.make", {"trigger": "daily"})]

    await attempt(db, "ok", soon)
    await duties.look_after(db, BackupSettings(), MORNING)
    assert len(await orders(db)) == 1


async def test_nothing_is_ordered_when_it_is_switched_off_or_just_installed(db: Database) -> None:
    await duties.look_after(db, BackupSettings(daily=False), MORNING)
    async with db.pool.connection() as connection:
        await connection.execute(
            "update tenants set created_at = %s", (NIGHT + timedelta(hours=1),)
        )
    await duties.look_after(db, BackupSettings(), MORNING)

    assert await orders(db) == []


async def test_a_missed_one_is_made_up_and_told_of_once(db: Database, tenant_id: int) -> None:
    await attempt(db, "ok", NIGHT - timedelta(days=3))
    for minutes in (0, 10):
        await duties.look_after(db, BackupSettings(), MORNING + timedelta(minutes=minutes))

    named = [name for name, _ in await orders(db)]
    assert named.count("backups.make") == 2
    assert named.count("backups.tell") == 1
    (alarm,) = await alarms(db, tenant_id)
    assert alarm.startswith("Резервная копия за 20.11.2026 не сделана.")


async def test_people_hear_of_it_after_the_third_failure_with_its_reason(
    db: Database, tenant_id: int
) -> None:
    for minutes in (1, 11, 21):
        assert await alarms(db, tenant_id) == []
        await attempt(db, "failed", NIGHT + timedelta(minutes=minutes), "Диск заполнен.")
        await duties.look_after(db, BackupSettings(), NIGHT + timedelta(minutes=minutes + 1))

    assert await alarms(db, tenant_id) == [
        "Резервная копия за 20.11.2026 не сделана. Диск заполнен."
    ]


@pytest.fixture
async def mail() -> AsyncIterator[tuple[MailSettings, Any]]:
    app = create_sandbox_app(time_scale=0)
    async with MailCatcher(app.state.sandbox, "127.0.0.1", 0) as catcher:
        yield MailSettings(smtp_url=f"smtp://127.0.0.1:{catcher.port}"), app.state.sandbox.store


async def test_administrators_get_a_letter_with_the_reason(
    db: Database, tenant_id: int, mail: tuple[MailSettings, Any]
) -> None:
    async with db.unit() as unit:
        for login, role in (("boss@example.ru", "admin"), ("admin", "admin"), ("a@b.ru", "agent")):
            unit.session.add(
                User(tenant_id=tenant_id, login=login, name="И", role=role, password_hash="-")
            )
    await attempt(db, "failed", NIGHT, "Диск заполнен.")
    settings = BackupSettings(alert_email="it@example.ru, boss@example.ru")

    await duties.tell(db, settings, mail[0], "https://chat.example.ru", "2026-11-20")

    letters = [str(letter) for letter in mail[1].all("mail")]
    assert len(letters) == 2
    assert "it@example.ru" in letters[0]
    assert "boss@example.ru" in letters[1]
    assert "Диск заполнен." in letters[0]
    assert "https://chat.example.ru/staff/admin/backups" in letters[0]
    await duties.tell(db, settings, MailSettings(smtp_url=""), "https://x", "2026-11-20")
    assert len(mail[1].all("mail")) == 2


@pytest.fixture
def desk(database_url: str, tmp_path: Path, cipher: Cipher) -> BackupDesk:
    files = local_file_store(tmp_path / "files", cipher)
    return BackupDesk(BackupSettings(), Source(database_url, files), b"k" * 32, tmp_path)


async def test_a_daily_order_that_comes_twice_makes_one_backup(
    db: Database, desk: BackupDesk
) -> None:
    await duties.make(db, desk, "daily")
    await duties.make(db, desk, "daily")

    assert len(desk.look()) == 1


async def test_a_failure_is_in_the_history_and_not_lost_in_the_queue(
    db: Database, desk: BackupDesk, tmp_path: Path, tenant_id: int
) -> None:
    (tmp_path / "backups").write_text("a file where the folder should be")
    await duties.make(db, desk, "manual")
    admin = Principal(tenant_id, Role.ADMIN)
    async with db.unit() as unit:
        history = await service.history(unit, admin)

    assert (history.runs[0].status, history.last_good, history.running) == ("failed", None, None)
    assert "не отвечает" in (history.runs[0].error or "")


async def test_the_administrator_orders_and_others_may_not(db: Database, tenant_id: int) -> None:
    async with db.unit() as unit:
        await service.order(unit, Principal(tenant_id, Role.ADMIN))
        await service.order_check(
            unit, Principal(tenant_id, Role.ADMIN), "20261120-000000-00000000"
        )
    assert [name for name, _ in await orders(db)] == ["backups.make", "backups.verify"]
    agent = Principal(tenant_id, Role.AGENT)
    async with db.unit() as unit:
        for refused in (service.order(unit, agent), service.history(unit, agent)):
            with pytest.raises(ServiceError, match="forbidden"):
                await refused


async def test_the_history_tells_when_a_backup_was_read_last(
    db: Database, desk: BackupDesk, tenant_id: int
) -> None:
    await duties.make(db, desk, "manual")
    (stored,) = desk.look()
    await duties.verify(desk, stored.name)
    async with db.unit() as unit:
        history = await service.history(unit, Principal(tenant_id, Role.ADMIN))

    assert history.last_good is not None
    assert history.last_good.name == stored.name
    assert [run.kind for run in history.runs] == ["verify", "backup"]
    assert utcnow() - history.verified[stored.name] < timedelta(minutes=5)
