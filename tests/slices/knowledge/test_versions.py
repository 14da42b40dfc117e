"""Versions of documents: they keep their text, are compared, taken back, deleted and restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal, Role
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.knowledge import editing, service, structure, trial
from insurance_chat.knowledge.editing import Fields
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.versions import service as versions
from insurance_chat.knowledge.versions.difference import compare

from .conftest import Library

FIRST = "# Правила «Тихая гавань»\n## Франшиза\nФраншиза по катеру составляет 7 000 рублей.\n"
SECOND = FIRST.replace("7 000", "9 000")
QUESTION = "какая франшиза по катеру"


async def answer(index: KnowledgeIndex, admin: Principal, question: str = QUESTION) -> str:
    """What a client would be told now; empty when nothing is known."""
    await index.refresh()
    found = await ExtractiveAnswerer(index).answer(question, tenant_id=admin.tenant_id)
    return found.text


async def test_only_the_newest_version_answers_and_the_old_one_keeps_its_text(
    db: Database, library: Library, admin: Principal, index: KnowledgeIndex
) -> None:
    first = await library.publish(FIRST)
    second = await library.publish(SECOND)

    said = await answer(index, admin)
    async with db.unit() as unit:
        story = await versions.story(unit, admin, second)
    old, new, changes = await versions.difference(db, admin, first, second)

    assert "9 000" in said
    assert "7 000" not in said
    assert [(one.id, one.version, one.status) for one in story.versions] == [
        (second, 2, "published"),
        (first, 1, "replaced"),
    ]
    assert [row.verb for row in story.history] == ["published", "uploaded"] * 2
    assert (old.version, new.version) == (1, 2)
    [change] = changes
    assert change.place == "Франшиза"
    assert [s.text for s in change.segments if s.mark == "gone"] == ["7"]
    assert [s.text for s in change.segments if s.mark == "new"] == ["9"]


async def test_rolling_back_publishes_the_old_text_as_a_new_version(
    db: Database, library: Library, admin: Principal, index: KnowledgeIndex
) -> None:
    first = await library.publish(FIRST)
    second = await library.publish(SECOND)

    async with db.unit() as unit:
        third = await versions.roll_back(unit, admin, first)
        with pytest.raises(ServiceError, match="kb_not_earlier"):
            await versions.roll_back(unit, admin, third.id)

    assert "7 000" in await answer(index, admin)
    assert third.version == 3
    async with db.unit() as unit:
        story = await versions.story(unit, admin, third.id)
    assert [one.status for one in story.versions] == ["published", "replaced", "replaced"]
    assert (story.history[0].verb, story.history[0].details) == ("rolled_back", "Текст версии 1")
    assert second in {one.id for one in story.versions}


async def test_a_document_answers_only_within_its_days_and_is_shown_as_expired(
    db: Database, library: Library, admin: Principal, index: KnowledgeIndex
) -> None:
    document = await library.publish(FIRST)
    assert "7 000" in await answer(index, admin)
    today = moscow_today()

    async def days(since: date | None, until: date | None) -> str:
        fields = Fields("Правила «Тихая гавань»", "rules", valid_from=since, valid_until=until)
        async with db.unit() as unit:
            await editing.change(unit, admin, document, fields)
            shown = await structure.structure(unit, admin)
        return shown.branches[0].shelves[0].leaves[0].state

    assert await days(None, today - timedelta(days=1)) == "expired"
    assert await answer(index, admin) == ""
    assert await days(today + timedelta(days=1), None) == "future"
    assert await answer(index, admin) == ""
    assert await days(today, today) == "active"
    assert "7 000" in await answer(index, admin)


async def test_a_deleted_document_can_be_taken_back_for_thirty_days(
    db: Database, library: Library, admin: Principal, index: KnowledgeIndex
) -> None:
    document = await library.publish(FIRST)
    await library.delete(document)
    assert await answer(index, admin) == ""

    async with db.unit() as unit:
        [row] = await versions.list_bin(unit, admin)
        back = await versions.restore(unit, admin, document)

    assert (row.id, row.was_preview) == (document, False)
    assert (row.last_day - row.deleted_at.date()).days == 30
    assert (back.status, back.version) == ("published", 1)
    assert "7 000" in await answer(index, admin)
    async with db.unit() as unit:
        assert await versions.list_bin(unit, admin) == []
        with pytest.raises(ServiceError, match="kb_document_not_found"):
            await versions.restore(unit, admin, document)


async def test_a_restored_document_never_pushes_out_one_that_was_published_meanwhile(
    db: Database, library: Library, admin: Principal, index: KnowledgeIndex
) -> None:
    document = await library.publish(FIRST)
    await library.delete(document)
    await library.publish(SECOND)

    async with db.unit() as unit:
        with pytest.raises(ServiceError) as refusal:
            await versions.restore(unit, admin, document)

    assert (refusal.value.code, refusal.value.kind) == ("kb_newer_document", Kind.CONFLICT)
    assert "9 000" in await answer(index, admin)


async def test_a_rejected_preview_comes_back_as_a_preview(
    db: Database, files: FileStore, admin: Principal
) -> None:
    async with db.unit() as unit:
        preview = await service.upload(unit, files, admin, "r.md", FIRST.encode())
        await service.delete(unit, admin, preview.ingest_id)
        [row] = await versions.list_bin(unit, admin)
        back = await versions.restore(unit, admin, preview.ingest_id)

    assert (row.was_preview, back.status) == (True, "preview")


async def _age(db: Database, document: str, days: int) -> None:
    async with db.pool.connection() as connection:
        await connection.execute(
            "update kb_documents set deleted_at = deleted_at - make_interval(days => %s)"
            " where public_id = %s",
            (days, UUID(document)),
        )


async def test_the_bin_is_emptied_after_thirty_days_but_a_shared_file_stays(
    db: Database, files: FileStore, library: Library, admin: Principal
) -> None:
    first = await library.publish(FIRST)
    second = await library.publish(SECOND)
    async with db.unit() as unit:
        third = await versions.roll_back(unit, admin, first)  # has the file of the first one
        await service.delete(unit, admin, first)
        await service.delete(unit, admin, second)
    keys = {}
    async with db.pool.connection() as connection:
        for document in (first, second):
            cursor = await connection.execute(
                "select file_key from kb_documents where public_id = %s", (UUID(document),)
            )
            keys[document] = (await cursor.fetchone() or ("",))[0]

    await _age(db, first, 29)
    await versions.purge(db, files)
    async with db.unit() as unit:
        assert len(await versions.list_bin(unit, admin)) == 2

    for document, days in ((first, 2), (second, 31)):
        await _age(db, document, days)
    assert await versions.purge(db, files) == 1

    assert await files.get(keys[first]) == FIRST.encode()
    with pytest.raises(ServiceError, match="file_not_found"):
        await files.get(keys[second])
    async with db.unit() as unit:
        assert await versions.list_bin(unit, admin) == []
        story = await versions.story(unit, admin, third.id)
    assert [one.id for one in story.versions] == [third.id]


async def test_earlier_versions_go_with_the_last_one(
    db: Database, files: FileStore, library: Library, admin: Principal
) -> None:
    await library.publish(FIRST)
    second = await library.publish(SECOND)
    await library.delete(second)
    await _age(db, second, 31)

    assert await versions.purge(db, files) == 2
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select count(*) from kb_passages where tenant_id = %s", (admin.tenant_id,)
        )
        assert await cursor.fetchone() == (0,)


async def test_a_document_may_be_named_a_new_version_of_one_with_another_title(
    db: Database, files: FileStore, library: Library, admin: Principal, index: KnowledgeIndex
) -> None:
    first = await library.publish(FIRST)
    renamed = SECOND.replace("Тихая гавань", "Тихая гавань, редакция 2")
    async with db.unit() as unit:
        preview = await service.upload(unit, files, admin, "r2.md", renamed.encode())
        fields = Fields("Тихая гавань 2", "rules", tags=("катер",), version_of=first)
        await editing.change(unit, admin, preview.ingest_id, fields)
        done = await service.commit(unit, admin, preview.ingest_id)
        sheet = await editing.read(unit, admin, done.document_id)

    assert (done.version, done.replaced, done.title) == (2, (first,), "Тихая гавань 2")
    assert sheet.fields.tags == ("катер",)
    assert "9 000" in await answer(index, admin)


async def test_a_preview_is_tried_without_publishing_it(
    db: Database, files: FileStore, library: Library, admin: Principal, index: KnowledgeIndex
) -> None:
    document = await library.publish(FIRST)
    async with db.unit() as unit:
        preview = await service.upload(unit, files, admin, "r.md", SECOND.encode())

    await index.refresh()
    with pytest.raises(ServiceError, match="kb_not_preview"):
        await trial.try_out(db, index, admin, document)
    after = await trial.try_out(db, index, admin, preview.ingest_id)
    tried = await ExtractiveAnswerer(after).answer(QUESTION, tenant_id=admin.tenant_id)

    assert "9 000" in tried.text
    assert "7 000" not in tried.text
    assert tried.citations[0].document_id == preview.ingest_id
    assert "7 000" in await answer(index, admin)
    for audience in ("public", "agents", "private"):
        found = await index.search(SearchQuery(admin.tenant_id, QUESTION, audience))
        assert preview.ingest_id not in {hit.document_public_id for hit in found}


async def test_a_preview_for_agents_changes_no_answer_to_clients(
    db: Database, files: FileStore, admin: Principal, index: KnowledgeIndex
) -> None:
    async with db.unit() as unit:
        preview = await service.upload(
            unit, files, admin, "r.md", FIRST.encode(), visibility="agents"
        )

    after = ExtractiveAnswerer(await trial.try_out(db, index, admin, preview.ingest_id))

    assert (await after.answer(QUESTION, tenant_id=admin.tenant_id)).text == ""
    said = await after.answer(QUESTION, tenant_id=admin.tenant_id, audience="agents")
    assert "7 000" in said.text


async def test_wrong_fields_are_refused_with_words(
    db: Database, library: Library, admin: Principal
) -> None:
    document = await library.publish(FIRST)
    good = Fields("Правила", "rules")
    wrong = {
        "kb_title": replace(good, title="  "),
        "kb_visibility": replace(good, visibility="nobody"),
        "kb_dates": replace(good, valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 1)),
        "kb_tags": replace(good, tags=("м" * 41,)),
        "agent_not_found": replace(good, visibility="agents", agent=str(uuid4())),
    }
    for code, fields in wrong.items():
        async with db.unit() as unit:
            with pytest.raises(ServiceError, match=code):
                await editing.change(unit, admin, document, fields)
    async with db.unit() as unit:
        sheet = await editing.read(unit, admin, document)
    assert sheet.fields.title == "Правила «Тихая гавань»"


async def test_only_an_administrator_of_the_tenant_works_with_versions(
    db: Database, library: Library, admin: Principal
) -> None:
    document = await library.publish(FIRST)
    agent = replace(admin, role=Role.AGENT)
    stranger = replace(admin, tenant_id=admin.tenant_id + 1_000_000)
    async with db.unit() as unit:
        for attempt in (
            versions.story(unit, agent, document),
            versions.roll_back(unit, agent, document),
            versions.restore(unit, agent, document),
            versions.list_bin(unit, agent),
            editing.read(unit, agent, document),
            editing.change(unit, agent, document, Fields("x", "rules")),
            structure.structure(unit, agent),
            structure.waiting(unit, agent),
            trial.try_out(db, KnowledgeIndex(db), agent, document),
            versions.difference(db, agent, document, document),
        ):
            with pytest.raises(ServiceError) as refusal:
                await attempt
            assert refusal.value.kind is Kind.FORBIDDEN
        for attempt in (
            versions.story(unit, stranger, document),
            versions.restore(unit, stranger, document),
            editing.read(unit, stranger, document),
        ):
            with pytest.raises(ServiceError, match="kb_document_not_found"):
                await attempt


def test_a_difference_names_what_is_new_gone_and_changed() -> None:
    before = [
        Piece("Срок", 1, "Договор заключается на один год."),
        Piece("Отказ", 2, "Вернуть деньги можно за 14 дней."),
    ]
    after = [
        Piece("Срок", 1, "Договор заключается на срок от одного дня до одного года."),
        Piece("Льготы", 3, "Пенсионерам скидка."),
    ]

    changes = compare(before, after)

    assert [(one.kind, one.place) for one in changes] == [
        ("changed", "Срок, стр. 1"),
        ("new", "Льготы, стр. 3"),
        ("gone", "Отказ, стр. 2"),
    ]
    assert compare(before, before) == []
