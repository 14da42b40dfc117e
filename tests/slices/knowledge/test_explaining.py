"""Why a passage was found, in words for an administrator."""

from __future__ import annotations

from dataclasses import replace

from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.explaining import explain
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import SearchQuery

from .conftest import Library


async def test_every_sign_of_a_passage_is_told(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    text = "---\ntitle: СК «Кедр», правила\n---\n## Франшиза по дому\nФраншиза пять тысяч.\n"
    await library.publish(text, "kedr.md", company_code="kedr", product_code="home")
    await index.refresh()
    (hit,) = await index.search(SearchQuery(admin.tenant_id, "франшиза у кедра"))

    told = " ".join(explain(hit))
    for words in (
        "компании, которую назвали",
        "почти все слова вопроса: 100 %",
        "в заголовке: 100 %",
        "Найден по словам",
        "опечатки прощаются",
        "о другом продукте",
    ):
        assert words in told, words
    assert "по смыслу" not in told
    assert "известный вопрос" not in told

    other = replace(hit, legs={"vector": 0.82}, asked=0.9, fresh=1.0, own=False, coverage=0.4)
    told = " ".join(explain(other))
    assert "Близок по смыслу: 0,8." in told
    assert "известный вопрос к этому разделу: 90 %" in told
    assert "Самый новый" in told
    assert "часть слов вопроса: 40 %" in told
    assert "которую назвали" not in told


async def test_a_passage_without_any_sign_is_explained_too(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish("# А\n## Лимит\nЛимит один.")
    await index.refresh()
    (hit,) = await index.search(SearchQuery(admin.tenant_id, "лимит"))
    bare = replace(hit, lexical=0, ngram=0, coverage=0, heading_named=0, heading_matched=0)
    assert explain(bare) == ["Общих слов с вопросом почти нет."]
