"""Companies in questions: another company's terms never answer."""

from __future__ import annotations

import pytest

from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.naming import CompanyNames, Titled, without_words
from insurance_chat.knowledge.search import Hit, SearchQuery
from insurance_chat.knowledge.words import read_question

from .conftest import Library

TITLED = [
    Titled(1, "granit", "СК «Гранит»: памятка", 4),
    Titled(2, "mayak", "СК «Северный Маяк»: тарифы", 4),
    Titled(3, "sogl", "СК «Согласие»: правила", 4),
    Titled(4, "kedr", "Памятка «Европротокол»", 4),
    Titled(5, "elka", "Тарифы «Ёлка» по ипотеке", 4),
    Titled(6, "elka", "Правила «Ёлка» по ОСАГО", 4),
]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("какая франшиза у Гранита", {"granit"}),
        ("гранид франшиза", {"granit"}),
        ("дайте номерок маяка", {"mayak"}),
        ("в северном маяке и граните", {"mayak", "granit"}),
        ("сколько стоит у елки", {"elka"}),
        ("северный коэффициент", set()),
        ("что такое европротокол", set()),
        ("какая франшиза", set()),
        ("сколько стоит в РЕСО", {"reso"}),
    ],
)
def test_a_name_is_told_in_any_case_and_with_a_slip(question: str, named: set[str]) -> None:
    names = CompanyNames()
    names.change([], TITLED)
    assert names.named(question)[0] == named


def test_an_everyday_word_is_a_name_only_where_it_is_marked_as_one() -> None:
    names = CompanyNames()
    names.change([], TITLED)

    def often(_word: str) -> int:
        return 50

    assert names.named("нужно ли согласие на обработку", often)[0] == frozenset()
    assert names.named("тарифы ск согласие", often)[0] == {"sogl"}


def test_a_forgotten_document_takes_its_name_along() -> None:
    names = CompanyNames()
    names.change([], TITLED)
    names.change([1], [])
    assert names.named("у гранита")[0] == frozenset()


def test_the_name_says_nothing_about_the_subject() -> None:
    question = without_words(read_question("франшиза у гранита"), {"гранита"})
    assert [term.word for term in question.terms] == ["франшиза"]
    alone = read_question("гранит")
    assert without_words(alone, {"гранит"}) is alone


async def searched(index: KnowledgeIndex, admin: Principal, text: str) -> list[Hit]:
    return await index.search(SearchQuery(admin.tenant_id, text))


async def test_a_question_about_one_company_is_answered_by_it_and_by_general_documents_only(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    for name, code in (("Гранит", "granit"), ("Кедр", "kedr")):
        text = (
            f"---\ntitle: СК «{name}», тарифы\n---\n## Франшиза\nФраншиза компании десять тысяч.\n"
        )
        await library.publish(text, f"{code}.md", company_code=code)
    await library.publish("# Словарь\n## Франшиза\nЧасть убытка.\n", "words.md")
    await index.refresh()

    hits = await searched(index, admin, "какая франшиза у кедра")
    assert [hit.title for hit in hits] == ["СК «Кедр», тарифы", "Словарь"]
    assert [hit.own for hit in hits] == [True, False]
    both = await searched(index, admin, "франшиза у кедра и гранита")
    assert {hit.title for hit in both[:2]} == {"СК «Кедр», тарифы", "СК «Гранит», тарифы"}
    unlimited = await searched(index, admin, "какая франшиза")
    assert len(unlimited) == 3


async def test_a_reader_of_one_company_does_not_reach_another_by_naming_it(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    for name, code in (("Гранит", "granit"), ("Кедр", "kedr")):
        text = f"---\ntitle: СК «{name}», тарифы\n---\n## Франшиза\nФраншиза десять тысяч.\n"
        await library.publish(text, f"{code}.md", company_code=code)
    await index.refresh()

    query = SearchQuery(admin.tenant_id, "франшиза у кедра", companies=("granit",))
    assert await index.search(query) == []


async def test_the_newer_of_two_equal_passages_comes_first(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    front = "---\ntitle: {0}\nvalid_from: {1}\n---\n## Лимит\nЛимит выплаты.\n"
    await library.publish(front.format("Новый", "2026-03-01"), "new.md")
    await library.publish(front.format("Прежний", "2024-03-01"), "old.md")
    await index.refresh()

    hits = await searched(index, admin, "лимит выплаты")
    assert [(hit.title, hit.fresh) for hit in hits] == [("Новый", 1.0), ("Прежний", 0.0)]


async def test_a_number_within_a_range_of_a_table_counts_as_found(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    table = "| Возраст | Тариф |\n|---|---|\n| 31–40 | 0,26 |\n| 41–50 | 0,49 |\n"
    await library.publish(f"# Ставки\n## Жизнь\n{table}", "life.md")
    await index.refresh()

    within = (await searched(index, admin, "тариф жизнь 45"))[0].coverage
    beyond = (await searched(index, admin, "тариф жизнь 75"))[0].coverage
    assert within == 1.0
    assert beyond < 0.9
