"""What administrators, agents and clients may do with the knowledge base."""

from __future__ import annotations

from dataclasses import replace

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge import library as reading
from insurance_chat.knowledge import service
from insurance_chat.knowledge.seeding import SEED, seed_knowledge

from .conftest import Library

RULES = "# Правила страхования ОСАГО\n## Срок\nПолис действует один год.\n"


async def test_an_upload_is_a_preview_until_it_is_committed(
    db: Database, files: FileStore, admin: Principal
) -> None:
    async with db.unit() as unit:
        preview = await service.upload(
            unit, files, admin, "r.md", RULES.encode(), "reso", "osago", "https://reso.ru/r"
        )
    async with db.unit() as unit:
        before = await reading.tree(unit, admin)
        done = await service.commit(unit, admin, preview.ingest_id)
        after = await reading.tree(unit, admin)
        original = await reading.source(unit, admin, done.document_id)

    assert (preview.title, preview.page_count) == ("Правила страхования ОСАГО", 1)
    assert [piece.text for piece in preview.passages] == ["Полис действует один год."]
    assert before == {"companies": []}
    offer = {"id": done.document_id, "title": "Правила страхования ОСАГО"}
    product = {"productCode": "osago", "offers": [offer]}
    assert after == {"companies": [{"companyCode": "reso", "products": [product]}]}
    assert await files.get(original.file_key) == RULES.encode()
    assert (original.file_name, original.url) == ("r.md", "https://reso.ru/r")


async def test_committing_twice_changes_nothing(
    db: Database, library: Library, admin: Principal
) -> None:
    document = await library.publish(RULES)

    async with db.unit() as unit:
        again = await service.commit(unit, admin, document)

    assert (again.document_id, again.version, again.replaced) == (document, 1, ())


async def test_a_new_version_replaces_the_old_one(
    db: Database, library: Library, admin: Principal
) -> None:
    first = await library.publish(RULES)
    second = await library.publish(RULES.replace("один год", "от одного дня"))

    async with db.unit() as unit:
        tree = await reading.tree(unit, admin)
        assert (await service.commit(unit, admin, second)).version == 2
        old = await reading.source(unit, admin, first)
        with pytest.raises(ServiceError, match="kb_document_not_found"):
            await reading.source(unit, replace(admin, role=Role.USER), first)

    assert old.title == "Правила страхования ОСАГО"
    assert tree["companies"][0]["products"][0]["offers"][0]["id"] == second
    assert tree["companies"][0]["companyCode"] == "general"


async def test_the_same_file_twice_is_a_conflict(library: Library) -> None:
    await library.publish(RULES)

    with pytest.raises(ServiceError) as refusal:
        await library.publish(RULES)

    assert (refusal.value.code, refusal.value.kind) == ("kb_duplicate", Kind.CONFLICT)


async def test_a_deleted_document_is_gone_for_everybody(
    db: Database, library: Library, admin: Principal
) -> None:
    document = await library.publish(RULES)
    await library.delete(document)

    async with db.unit() as unit:
        assert await reading.tree(unit, admin) == {"companies": []}
        with pytest.raises(ServiceError, match="kb_document_not_found"):
            await service.delete(unit, admin, document)


async def test_only_an_administrator_changes_the_knowledge_base(
    db: Database, files: FileStore, library: Library, admin: Principal
) -> None:
    document = await library.publish(RULES)
    agent = replace(admin, role=Role.AGENT)
    async with db.unit() as unit:
        for attempt in (
            service.upload(unit, files, agent, "a.md", b"text"),
            service.commit(unit, agent, document),
            service.delete(unit, agent, document),
            reading.tree(unit, replace(admin, role=Role.USER)),
        ):
            with pytest.raises(ServiceError) as refusal:
                await attempt
            assert refusal.value.kind is Kind.FORBIDDEN


async def test_a_client_opens_public_originals_only(
    db: Database, library: Library, admin: Principal
) -> None:
    secret = await library.publish("# Памятка\nДля агентов.", visibility="agents")
    client, agent = replace(admin, role=Role.USER), replace(admin, role=Role.AGENT)

    async with db.unit() as unit:
        assert (await reading.source(unit, agent, secret)).title == "Памятка"
        for principal, wanted in ((client, secret), (client, "not-a-uuid")):
            with pytest.raises(ServiceError, match="kb_document_not_found"):
                await reading.source(unit, principal, wanted)


async def test_another_tenant_sees_and_deletes_nothing(
    db: Database, library: Library, admin: Principal
) -> None:
    document = await library.publish(RULES)
    stranger = replace(admin, tenant_id=admin.tenant_id + 1_000_000)

    async with db.unit() as unit:
        assert await reading.tree(unit, stranger) == {"companies": []}
        with pytest.raises(ServiceError, match="kb_document_not_found"):
            await service.delete(unit, stranger, document)


async def test_a_document_is_found_by_the_words_of_a_request(
    db: Database, library: Library, admin: Principal
) -> None:
    rules = await library.publish(RULES)
    await library.publish("# Ипотечное страхование: памятка\nТекст.")
    await library.publish("# Правила страхования для агентов\nТекст.", visibility="agents")

    async def ask(text: str) -> list[str]:
        async with db.unit() as unit:
            found = await reading.find_document(unit, admin.tenant_id, text)
        return [item.document_id for item in found]

    assert (await ask("скачай правила страхования осаго"))[:1] == [rules]
    assert (await ask("Пришлите, пожалуйста, правела ОСАГО"))[:1] == [rules]
    assert await ask("скачай рецепт борща") == []
    assert await ask("скачай файл") == []


async def test_the_seed_is_published_once_and_a_deleted_seed_stays_deleted(
    db: Database, files: FileStore, library: Library, admin: Principal
) -> None:
    async with db.unit() as unit:
        first = await seed_knowledge(unit, files, admin.tenant_id)
    async with db.unit() as unit:
        again = await seed_knowledge(unit, files, admin.tenant_id)
    await library.delete(first[0])
    async with db.unit() as unit:
        after_deletion = await seed_knowledge(unit, files, admin.tenant_id)

    assert len(first) == len(list(SEED.glob("*.md")))
    assert (again, after_deletion) == ([], [])
