"""Large files, files that are read while their sender waits, files that agents keep for themselves."""

from __future__ import annotations

import asyncio
import hashlib
import io
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typing_extensions import override

from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge import service
from insurance_chat.knowledge.analysis.findings import Analysis
from insurance_chat.knowledge.analysis.ports import RulesOnly
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.uploads.reading import UploadReader
from insurance_chat.knowledge.uploads.service import COLLEAGUES, SENDER, UploadOptions
from tests.slices.knowledge.upload_stand import Uploads
from tests.support.office_files import zip_of

PARKING = "# Парковка\n\nПарковка у офиса бесплатная.\n".encode()


class NeverAtFirst(RulesOnly):
    """A model that does not answer the first time."""

    asked = 0

    @override
    async def improve(
        self, tenant_id: int, analysis: Analysis, pieces: Sequence[Piece]
    ) -> Analysis:
        self.asked += 1
        if self.asked == 1:
            await asyncio.Event().wait()
        return analysis


@pytest.fixture
async def agent(uploads: Uploads) -> Principal:
    """An agent of the same company."""
    rows = await uploads.rows(
        "insert into users (tenant_id, login, name, role, password_hash, companies)"
        " values (%s, %s, 'Анна', 'agent', '', '{}') returning id, public_id::text",
        uploads.admin.tenant_id,
        uuid4().hex,
    )
    ((number, public_id),) = rows
    return Principal(uploads.admin.tenant_id, Role.AGENT, number, public_id)


async def test_a_large_file_goes_to_the_storage_without_being_held_in_memory(
    uploads: Uploads, tmp_path: Path
) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as out:
        out.write(b"%PDF-1.7\n")
        out.seek(99 * 1024 * 1024)
        out.write(b"%%EOF")
    tracemalloc.start()
    try:
        with large.open("rb") as source:
            view = await uploads.desk.accept_source(uploads.admin, "large.pdf", source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (view.stage, view.size) == ("waiting", large.stat().st_size)
    assert peak < 30 * 1024 * 1024
    rows = await uploads.rows(
        "select file_key, content_hash from kb_uploads where public_id = %s", view.id
    )
    stored = await uploads.files.get(rows[0][0])
    assert hashlib.sha256(stored).hexdigest() == rows[0][1]


async def test_what_is_not_read_in_time_is_left_to_the_job(uploads: Uploads) -> None:
    uploads.reader = UploadReader(uploads.db, uploads.files, uploads.settings, NeverAtFirst())
    source = io.BytesIO(PARKING)
    view = await uploads.desk.accept_source(uploads.admin, "p.md", source, order=False)
    assert await uploads.orders() == []

    await uploads.reader.run_within(UUID(view.id), 0.3)

    left = await uploads.desk.show(uploads.admin, view.id)
    assert (left.stage, left.percent, left.document_id) == ("waiting", 0, None)
    await uploads.work()
    assert (await uploads.desk.show(uploads.admin, view.id)).stage == "ready"


async def test_what_an_agent_keeps_for_themselves_does_not_make_a_file_known(
    uploads: Uploads, agent: Principal
) -> None:
    own = UploadOptions(visibility=SENDER)
    kept = await uploads.desk.accept_file(agent, "p.md", PARKING, own)
    await uploads.work()
    again = await uploads.desk.accept_file(agent, "p.md", PARKING, own)
    await uploads.work()
    public = await uploads.drop("p.md", PARKING)

    seen = [await uploads.desk.show(agent, one.id) for one in (kept, again)]
    assert [one.stage for one in (*seen, public)] == ["ready", "ready", "ready"]
    assert seen[0].document_id == seen[1].document_id != public.document_id
    rows = await uploads.rows(
        "select status, visibility, operator_id is null, title from kb_documents"
        " where tenant_id = %s order by id",
        agent.tenant_id,
    )
    assert rows == [
        ("published", "agents", False, "Агентам: Парковка"),
        ("preview", "public", True, "Парковка"),
    ]


async def test_an_archive_of_an_agent_is_published_for_agents_file_by_file(
    uploads: Uploads, agent: Principal
) -> None:
    data = zip_of({"one.md": PARKING, "two.md": "# Касса\n\nКасса закрыта в обед.\n".encode()})
    kept = await uploads.desk.accept_file(
        agent, "both.zip", data, UploadOptions(visibility=COLLEAGUES)
    )
    await uploads.work()

    drop = await uploads.desk.drop(agent, kept.batch_id, 10)
    assert [one.stage for one in drop] == ["ready", "ready", "unpacked"]
    stranger = replace(agent, user_public_id=str(uuid4()))
    assert await uploads.desk.drop(stranger, kept.batch_id, 10) == []
    rows = await uploads.rows(
        "select status, visibility, operator_id from kb_documents where tenant_id = %s",
        agent.tenant_id,
    )
    assert rows == [("published", "agents", None)] * 2


async def test_a_file_whose_sender_is_gone_is_shown_to_nobody(
    uploads: Uploads, agent: Principal
) -> None:
    own = UploadOptions(visibility=SENDER)
    kept = await uploads.desk.accept_file(agent, "p.md", PARKING, own)
    await uploads.rows("delete from users where id = %s", agent.user_id)
    await uploads.work()

    view = await uploads.desk.show(uploads.admin, kept.id)
    assert (view.stage, view.error_code) == ("failed", "kb_sender_gone")
    query = "select id from kb_documents where tenant_id = %s"
    assert await uploads.rows(query, agent.tenant_id) == []


async def test_an_upload_says_what_has_become_of_its_preview(uploads: Uploads) -> None:
    kept = await uploads.drop("p.md", PARKING)
    states = [kept.words]
    async with uploads.db.unit() as unit:
        await service.commit(unit, uploads.admin, kept.document_id or "")
    states.append((await uploads.desk.show(uploads.admin, kept.id)).words)
    async with uploads.db.unit() as unit:
        await service.delete(unit, uploads.admin, kept.document_id or "")
    states.append((await uploads.desk.show(uploads.admin, kept.id)).words)

    assert states == ["Готов к проверке", "Опубликован", "Не опубликован"]
