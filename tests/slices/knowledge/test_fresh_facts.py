"""A narrow fact of a tenant's own document is found beside the seed, and the seed beside it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.core.principal import Principal, Role
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.seeding import seed_knowledge
from tests.slices.knowledge.conftest import Library

GLASS = """Условия страхования КАСКО «Стекло»

Договор действует на всей территории России. Выплата производится в течение 15 рабочих дней.
Лимит по ремонту стёкол — 15 000 рублей. Замена фары оплачивается один раз за срок договора.
Эвакуация возможна на расстояние до 50 км.
"""
MEMO = """Памятка клиента на 2027 год

Срок рассмотрения претензии — 12 дней. Офис на Лиговском проспекте работает до 20:00.
Телефон горячей линии по телемедицине: 8 800 555-12-12.
"""
KEDR = """---
title: СК «Кедр», памятка
---
## Добавить водителя
Нового водителя впишем за два часа в приложении «Кедр рядом».
"""
Stock = tuple[ExtractiveAnswerer, int]


@pytest.fixture(scope="module")
async def stock(db: Database, cipher: Cipher, tmp_path_factory: pytest.TempPathFactory) -> Stock:
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    files = local_file_store(tmp_path_factory.mktemp("files"), cipher)
    async with db.unit() as unit:
        await seed_knowledge(unit, files, row[0])
    library = Library(db, files, Principal(row[0], Role.ADMIN, user_public_id="admin"))
    await library.publish(GLASS, "glass.md")
    await library.publish(MEMO, "memo.md")
    await library.publish(KEDR, "kedr.md", company_code="kedr")
    index = KnowledgeIndex(db)
    await index.refresh()
    return ExtractiveAnswerer(index), row[0]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        pytest.param("Какой лимит на ремонт стёкол?", "15 000 рублей", id="limit"),
        pytest.param("какой лимит по стеклам", "15 000 рублей", id="limit, other words"),
        pytest.param("Сколько раз оплачивается замена фары?", "один раз", id="how often"),
        pytest.param("на какое расстояние эвакуация", "50 км", id="how far"),
        pytest.param("Какой срок рассмотрения претензии?", "12 дней", id="how long"),
        pytest.param("До скольки работает офис на Лиговском?", "20:00", id="until when"),
        pytest.param("телефон телемедицины", "555-12-12", id="telephone"),
        pytest.param("как добавить водителя в кедре", "Кедр рядом", id="of a named company"),
    ],
)
async def test_a_fact_of_a_fresh_document_is_quoted(stock: Stock, question: str, says: str) -> None:
    answerer, tenant_id = stock
    answer = await answerer.answer(question, tenant_id=tenant_id)
    assert says in answer.text
    # The search of the administrator shows the same first.
    first = (await answerer._index.search(SearchQuery(tenant_id, question)))[0]
    assert says in first.text


@pytest.mark.parametrize(
    ("question", "title"),
    [
        pytest.param("сколько стоит осаго", "ОСАГО: вопросы и ответы", id="price"),
        pytest.param(
            "как добавить водителя",
            "Список водителей или полис без ограничений",
            id="no company named",
        ),
        pytest.param("какой лимит выплат по осаго", "ОСАГО: вопросы и ответы", id="another limit"),
    ],
)
async def test_the_seed_still_answers_what_only_it_says(
    stock: Stock, question: str, title: str
) -> None:
    answerer, tenant_id = stock
    answer = await answerer.answer(question, tenant_id=tenant_id)
    assert [citation.title for citation in answer.citations] == [title]


@pytest.mark.parametrize(
    "question",
    [
        "какой лимит на ремонт двигателя",
        "сколько раз оплачивается замена масла",
        "до скольки работает офис в Казани",
        "какой лимит на лечение зубов",
    ],
)
async def test_words_in_common_do_not_make_an_answer(stock: Stock, question: str) -> None:
    answerer, tenant_id = stock
    assert not (await answerer.answer(question, tenant_id=tenant_id)).confident


async def test_known_questions_are_explained_even_where_they_do_not_win(stock: Stock) -> None:
    answerer, tenant_id = stock
    hits = await answerer._index.search(SearchQuery(tenant_id, "Какой лимит на ремонт стёкол?"))
    assert not hits[0].known
    assert max(hit.asked for hit in hits if hit.known) > 0.3
