"""What a reader may not see takes no place from what he may."""

from __future__ import annotations

from typing import Any

import pytest

from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.index import DEPTH, KnowledgeIndex
from insurance_chat.knowledge.search import SearchQuery

from .conftest import Library

QUESTION = "лимит ремонта стёкол"
BEST = "Лимит ремонта стёкол"
MANY = "\n".join(
    f"## {BEST} {n}\nЛимит ремонта стёкол, лимит ремонта стёкол, {n}.\n"
    for n in range(2 * DEPTH + 20)
)
SEEN = "# Действует\n## Разное\nСреди прочего: лимит для стёкол при ремонте тысяча рублей.\n"


async def change(library: Library, document: str, sql: str) -> None:
    """Change fields of a document as the administrator's page does, counted as a change."""
    async with library.db.pool.connection() as connection:
        await connection.execute(
            f"update kb_documents set {sql} where public_id = %s".encode(), (document,)
        )


@pytest.mark.parametrize(
    ("options", "sql", "query"),
    [
        pytest.param({}, "valid_until = current_date - 2", {}, id="expired"),
        pytest.param({}, "valid_from = current_date + 2", {}, id="not yet in force"),
        pytest.param({"visibility": "agents"}, "", {}, id="for agents"),
        pytest.param({"company_code": "kedr"}, "", {"company": "granit"}, id="another company"),
        pytest.param(
            {"company_code": "kedr"},
            "",
            {"companies": ("granit",)},
            id="another company of several",
        ),
        pytest.param({"product_code": "home"}, "", {"product": "osago"}, id="another product"),
    ],
)
async def test_hidden_passages_push_nobody_out(
    index: KnowledgeIndex,
    library: Library,
    admin: Principal,
    options: dict[str, str],
    sql: str,
    query: dict[str, Any],
) -> None:
    hidden = await library.publish(f"# Скрыто\n{MANY}", "hidden.md", **options)
    if sql:
        await change(library, hidden, sql)
    seen = await library.publish(SEEN, "seen.md")
    await index.refresh()
    hits = await index.search(SearchQuery(admin.tenant_id, QUESTION, **query))
    assert [hit.document_public_id for hit in hits] == [seen]


async def test_who_asks_for_private_documents_finds_them_behind_many_public_ones(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish(f"# Всем\n{MANY}", "all.md")
    private = await library.publish(SEEN, "seen.md", visibility="agents")
    await index.refresh()
    hits = await index.search(SearchQuery(admin.tenant_id, QUESTION, "private"))
    assert [hit.document_public_id for hit in hits] == [private]


async def test_a_document_of_one_agent_is_found_by_that_agent_alone(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    async with library.db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into users (tenant_id, role, login, password_hash, name)"
            " values (%s, 'operator', gen_random_uuid(), '', 'А') returning id",
            (admin.tenant_id,),
        )
        row = await cursor.fetchone()
    assert row is not None
    own = await library.publish(f"# Моё\n{MANY}", "own.md", visibility="agents")
    await change(library, own, f"operator_id = {int(row[0])}")
    seen = await library.publish(SEEN, "seen.md")
    await index.refresh()
    other = SearchQuery(admin.tenant_id, QUESTION, "agents", reader=int(row[0]) + 1)
    assert {hit.document_public_id for hit in await index.search(other)} == {seen}
    mine = SearchQuery(admin.tenant_id, QUESTION, "agents", reader=int(row[0]))
    assert own in {hit.document_public_id for hit in await index.search(mine)}


async def test_new_days_are_followed(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    document = await library.publish(f"# Скрыто\n{MANY}", "hidden.md")
    await change(library, document, "valid_until = current_date - 2")
    seen = await library.publish(SEEN, "seen.md")
    await index.refresh()
    query = SearchQuery(admin.tenant_id, QUESTION)
    assert {hit.document_public_id for hit in await index.search(query)} == {seen}
    await change(
        library,
        document,
        "valid_until = null, revision = (select max(revision) + 1 from kb_documents)",
    )
    async with library.db.pool.connection() as connection:
        await connection.execute(
            "update kb_revisions set revision = (select max(revision) from kb_documents)"
            " where tenant_id = %s",
            (admin.tenant_id,),
        )
    await index.refresh()
    assert (await index.search(query))[0].document_public_id == document
