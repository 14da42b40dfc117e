"""Search: what is found, what must not be seen, how soon changes arrive."""

from __future__ import annotations

import asyncio
import time

import pytest

from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import Audience, SearchQuery, fuse
from insurance_chat.knowledge.words import read_question

from .conftest import Library


async def headings(
    index: KnowledgeIndex, admin: Principal, text: str, audience: Audience = "public", **more: str
) -> list[str]:
    found = await index.search(SearchQuery(admin.tenant_id, text, audience, **more))
    return [hit.heading for hit in found]


async def until_found(index: KnowledgeIndex, admin: Principal, text: str, count: int) -> float:
    began = time.monotonic()
    while len(await headings(index, admin, text)) != count:
        assert time.monotonic() - began < 30
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "question",
    ["диагностическая карта", "нужна ли дигностическая катра", "ТЕХОСМОТР", "диагностику надо?"],
)
async def test_slips_cases_and_other_names_find_the_passage(
    index: KnowledgeIndex, library: Library, admin: Principal, question: str
) -> None:
    await library.publish(
        "# FAQ\n## Нужна ли диагностическая карта?\nНет.\n## Где полис?\nНа почте.\n"
    )
    await index.refresh()

    assert (await headings(index, admin, question))[0] == "Нужна ли диагностическая карта?"


async def test_a_greeting_finds_nothing(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish("# FAQ\n## Привет\nДобрый день.\n")
    await index.refresh()

    assert await headings(index, admin, "Здравствуйте, подскажите пожалуйста") == []
    assert await headings(index, admin, "") == []


async def test_a_client_never_sees_what_is_for_agents(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish("# Памятка\n## Комиссия\nКомиссия десять процентов.", visibility="agents")
    await index.refresh()

    assert await headings(index, admin, "комиссия") == []
    assert await headings(index, admin, "комиссия", "agents") == ["Комиссия"]


async def test_a_search_can_be_narrowed_to_some_companies_and_to_private_documents(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    for name, more in (
        ("Общий", {}),
        ("Альфа", {"company_code": "alfa"}),
        ("Бета", {"company_code": "beta"}),
        ("Внутренний", {"visibility": "agents", "company_code": "beta"}),
    ):
        await library.publish(f"# {name}\n## {name}\nЛимит выплаты.", f"{name}.md", **more)
    await index.refresh()

    async def found(audience: Audience, companies: tuple[str, ...] | None) -> set[str]:
        query = SearchQuery(admin.tenant_id, "лимит выплаты", audience, companies=companies)
        return {hit.heading.rsplit(" ", 1)[-1] for hit in await index.search(query)}

    assert await found("public", None) == {"Общий", "Альфа", "Бета"}
    assert await found("public", ("alfa",)) == {"Общий", "Альфа"}
    assert await found("public", ()) == {"Общий"}
    assert await found("agents", ("alfa", "beta")) == {"Общий", "Альфа", "Бета", "Внутренний"}
    assert await found("private", None) == {"Внутренний"}
    assert await found("private", ("alfa",)) == set()


async def test_a_document_counts_only_while_it_is_valid(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    front = "---\ntitle: {0}\n{1}: {2}\n---\n## {0}\nТариф вырос.\n"
    await library.publish(front.format("Старый", "valid_until", "2020-01-01"), "a.md")
    await library.publish(front.format("Будущий", "valid_from", "2999-01-01"), "b.md")
    await library.publish(front.format("Нынешний", "valid_from", "2020-01-01"), "c.md")
    await index.refresh()

    titles = [hit.title for hit in await index.search(SearchQuery(admin.tenant_id, "тариф вырос"))]
    assert titles == ["Нынешний"]


async def test_company_and_product_narrow_to_their_own_and_to_general_documents(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish("# А\n## Лимит А\nЛимит один.", "a.md", company_code="reso")
    await library.publish("# Б\n## Лимит Б\nЛимит два.", "b.md", company_code="vsk")
    await library.publish("# В\n## Лимит В\nЛимит три.", "c.md", product_code="mortgage")
    await index.refresh()

    assert set(await headings(index, admin, "лимит", company="reso")) == {"Лимит А", "Лимит В"}
    assert set(await headings(index, admin, "лимит", product="osago")) == {"Лимит А", "Лимит Б"}


async def test_tenants_do_not_see_each_other(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish("# А\n## Лимит\nЛимит один.")
    await index.refresh()

    assert await index.search(SearchQuery(admin.tenant_id + 1_000_000, "лимит")) == []


async def test_a_deleted_document_is_not_shown_even_by_a_lagging_copy(
    db: Database, library: Library, admin: Principal
) -> None:
    lagging = KnowledgeIndex(db)
    document = await library.publish("# А\n## Лимит\nЛимит один.")
    await lagging.refresh()
    await library.delete(document)

    assert await headings(lagging, admin, "лимит") == []


async def test_changes_reach_every_process_within_two_seconds(
    db: Database, library: Library, admin: Principal
) -> None:
    listener = Listener(db.url)
    woken, polling = KnowledgeIndex(db), KnowledgeIndex(db)
    await woken.start(listener)
    await polling.start()
    await listener.start()
    try:
        document = await library.publish("# А\n## Лимит\nЛимит один.")
        assert await until_found(woken, admin, "лимит", 1) < 1
        assert await until_found(polling, admin, "лимит", 1) < 2
        await library.delete(document)
        assert await until_found(woken, admin, "лимит", 0) < 1
    finally:
        await woken.stop()
        await polling.stop()
        await listener.stop()


class MeaningLeg:
    """A leg that ranks by something other than words."""

    name = "meaning"
    weight = 1.0

    def __init__(self, ranking: list[tuple[int, float]]) -> None:
        self.ranking = ranking

    async def rank(self, query: SearchQuery, limit: int) -> list[tuple[int, float]]:
        """The ranking given in advance."""
        return self.ranking[:limit]


async def test_one_more_leg_adds_passages_that_words_do_not_find(
    db: Database, index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish("# А\n## Лимит\nЛимит один.\n## Почта\nПолис на почте.")
    await index.refresh()
    found = await index.search(SearchQuery(admin.tenant_id, "почта"))
    with_meaning = KnowledgeIndex(db, [MeaningLeg([(found[0].passage_id, 0.9)])])

    assert await headings(with_meaning, admin, "емейл адрес куда") == ["Почта"]


def test_fusion_prefers_what_both_rankings_put_high() -> None:
    assert [passage for passage, _ in fuse([(1.0, [(1, 9), (2, 8)]), (1.0, [(2, 5), (3, 4)])])] == [
        2,
        1,
        3,
    ]


def test_a_question_is_taken_apart_into_notions_and_fillers() -> None:
    question = read_question("Превет! падскажите где взять гос номер на тачку")

    assert [(term.word, term.usual) for term in question.terms] == [
        ("взять", ""),
        ("гос номер", "номер"),
        ("тачку", "машина"),
    ]
