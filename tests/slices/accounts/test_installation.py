"""What the administrator sets on the pages: sealed, used at once, and never stronger than the environment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from insurance_chat.accounts import audit
from insurance_chat.accounts.installation import service
from insurance_chat.accounts.installation.live import Installation
from insurance_chat.accounts.installation.service import Item
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.principal import Principal, Role

SERVER = "smtps://polis:secret@smtp.example.ru:465"
SET = {Item.SMTP_URL: SERVER, Item.MAIL_FROM: "polis@example.ru", Item.MAIL_FROM_NAME: "Ромашка"}


@pytest.fixture(autouse=True)
async def _nothing_set(db: Database, admin: Principal) -> AsyncIterator[None]:
    yield
    async with db.unit() as unit:
        await service.save(unit, admin, dict.fromkeys(Item, ""))


async def save(db: Database, admin: Principal, values: dict[Item, str]) -> None:
    async with db.unit() as unit:
        await service.save(unit, admin, values)


async def test_a_process_uses_the_mail_server_that_was_set_on_the_page(
    db: Database, admin: Principal
) -> None:
    installation = Installation(db, MailSettings())
    await save(db, admin, SET)
    await installation.refresh()
    mail = installation.mail
    assert (mail.smtp_url, mail.mail_from, mail.mail_from_name) == tuple(SET.values())


async def test_another_process_hears_of_a_change_without_a_restart(
    db: Database, database_url: str, admin: Principal
) -> None:
    listener = Listener(database_url)
    installation = Installation(db, MailSettings())
    await installation.start(listener)
    await listener.start()
    try:
        await save(db, admin, SET)
        async with asyncio.timeout(10):  # less than it would take to look without a notice
            while installation.mail.smtp_url != SERVER:  # noqa: ASYNC110 - the notice comes by itself
                await asyncio.sleep(0.01)
    finally:
        await installation.stop()
        await listener.stop()


async def test_what_the_environment_says_wins_field_by_field(
    db: Database, admin: Principal
) -> None:
    installation = Installation(db, MailSettings(smtp_url="smtp://of-environment:25"))
    await save(db, admin, SET)
    await installation.refresh()
    assert installation.mail.smtp_url == "smtp://of-environment:25"
    assert installation.mail.mail_from_name == "Ромашка"
    assert installation.fixed(Item.SMTP_URL)
    assert not installation.fixed(Item.MAIL_FROM_NAME)


async def test_a_real_server_replaces_the_practice_one_and_goes_back_when_taken_away(
    db: Database, admin: Principal
) -> None:
    installation = Installation(db, MailSettings().for_practice("smtp://127.0.0.1:2525"))
    seen = []
    for values in ({}, SET, {Item.SMTP_URL: ""}):
        await save(db, admin, values)
        await installation.refresh()
        seen.append((installation.mail.smtp_url, installation.practising))
    practice = ("smtp://127.0.0.1:2525", True)
    assert seen == [practice, (SERVER, False), practice]


async def test_values_lie_sealed_and_the_log_names_only_which_were_set(
    db: Database, admin: Principal
) -> None:
    await save(db, admin, SET)
    async with db.pool.connection() as connection:
        rows = await (
            await connection.execute("select value from installation_settings")
        ).fetchall()
    assert len(rows) == 3
    assert all(b"secret" not in bytes(row[0]) and b"polis" not in bytes(row[0]) for row in rows)
    async with db.unit() as unit:
        page = await audit.list_entries(unit, admin, action="settings.changed")
    assert page.rows[0].details == {"settings": ["mail_from", "mail_from_name", "smtp_url"]}


async def test_a_value_sealed_by_a_lost_key_counts_as_not_set(
    db: Database, database_url: str, admin: Principal
) -> None:
    other = Database(database_url, Cipher([b"o" * 32]), pool_size=2)
    async with other.unit() as unit:
        await service.save(unit, admin, {Item.SMTP_URL: SERVER})
    await other.close()
    async with db.unit() as unit:
        assert Item.SMTP_URL not in await service.load(unit)


async def test_an_agent_sets_nothing(db: Database, tenant_id: int) -> None:
    agent = Principal(tenant_id, Role.AGENT, user_id=1)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="Недостаточно прав"):
            await service.save(unit, agent, SET)
        with pytest.raises(ServiceError, match="Недостаточно прав"):
            await service.rename_company(unit, agent, "Чужая")
        with pytest.raises(ServiceError, match="Недостаточно прав"):
            await service.note_progress(unit, agent)


async def test_the_company_gets_a_name_and_an_empty_one_is_refused(
    db: Database, admin: Principal
) -> None:
    async with db.unit() as unit:
        assert await service.rename_company(unit, admin, "  ООО  Ромашка ") == "ООО Ромашка"
    async with db.unit() as unit:
        assert await service.company_name(unit, admin) == "ООО Ромашка"
        for wrong in ("   ", "а" * 121):
            with pytest.raises(ServiceError, match="Название"):
                await service.rename_company(unit, admin, wrong)


async def test_the_first_start_remembers_its_steps(db: Database, admin: Principal) -> None:
    async with db.unit() as unit:
        assert await service.progress(unit) is None
        await service.note_progress(unit, admin)
    async with db.unit() as unit:
        assert await service.progress(unit) == {}
        await service.note_progress(unit, admin, company="done")
        await service.note_progress(unit, admin, mail="skipped")
    async with db.unit() as unit:
        assert await service.progress(unit) == {"company": "done", "mail": "skipped"}
