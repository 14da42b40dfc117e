"""Answers from the knowledge base: quoted, cited, or none at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer, choose
from insurance_chat.dialogue.answering.sentences import sentence_spans, split_sentences
from insurance_chat.knowledge.asked import place_of, read_examples
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.seeding import SEED, seed_knowledge
from insurance_chat.knowledge.words import read_question
from tests.slices.knowledge.conftest import Library

QUESTIONS = Path(__file__).parents[3] / "bench" / "data" / "knowledge_questions.yml"


@pytest.fixture(scope="module")
async def seeded(
    db: Database,
    tenant_id: int,
    cipher: Cipher,
    tmp_path_factory: pytest.TempPathFactory,
) -> KnowledgeIndex:
    files = local_file_store(tmp_path_factory.mktemp("files"), cipher)
    async with db.unit() as unit:
        await seed_knowledge(unit, files, tenant_id)
    index = KnowledgeIndex(db)
    await index.refresh()
    return index


async def test_a_question_gets_the_whole_answer_with_its_source(
    seeded: KnowledgeIndex, tenant_id: int
) -> None:
    answer = await ExtractiveAnswerer(seeded).answer("скока стоит осага?", tenant_id=tenant_id)

    assert answer.confident
    assert answer.text.startswith("Цену считает каждая страховая")
    (citation,) = answer.citations
    assert (citation.n, citation.title) == (1, "ОСАГО: вопросы и ответы")
    assert citation.section == "Сколько стоит ОСАГО?"
    assert (citation.quote, citation.url) == (answer.text, None)


async def test_a_table_is_answered_by_the_row_that_was_asked_for(
    seeded: KnowledgeIndex, tenant_id: int
) -> None:
    answer = await ExtractiveAnswerer(seeded).answer(
        "какой коэффициент территории в Барнауле", tenant_id=tenant_id
    )

    rows = [line for line in answer.text.split("\n") if line.startswith("•")]
    assert len(rows) == 1
    assert "Барнаул" in rows[0]
    assert "|" not in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "какая погода",
        "сколько стоит каско на бмв",
        "кто президент",
        "можно ли застраховать кота",
        "привет",
        "",
        "?!",
        "а" * 5000,
    ],
)
async def test_what_the_knowledge_base_does_not_say_is_not_answered(
    seeded: KnowledgeIndex, tenant_id: int, question: str
) -> None:
    answer = await ExtractiveAnswerer(seeded).answer(question, tenant_id=tenant_id)

    assert (answer.text, answer.citations, answer.confident) == ("", (), False)


async def test_the_agents_guide_answers_agents_only(seeded: KnowledgeIndex, tenant_id: int) -> None:
    question = "памятка агента подключение к разговору"
    agent = await ExtractiveAnswerer(seeded).answer(
        question, tenant_id=tenant_id, audience="agents"
    )
    client = await ExtractiveAnswerer(seeded).answer(question, tenant_id=tenant_id)

    assert agent.citations[0].title == "Как работать с сервисом: памятка агента"
    assert not client.confident


async def test_quality_on_the_question_set_does_not_fall(
    seeded: KnowledgeIndex, tenant_id: int
) -> None:
    answerer = ExtractiveAnswerer(seeded)
    first = total = guessed = 0
    for group in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")):
        for text in group["ask"]:
            if not group["expect"]:
                guessed += (await answerer.answer(text, tenant_id=tenant_id)).confident
                continue
            total += 1
            hits = await seeded.search(SearchQuery(tenant_id, text, limit=1))
            place = (
                f"{hits[0].file_name.removesuffix('.md')}#{hits[0].heading.rsplit(' › ', 1)[-1]}"
                if hits
                else ""
            )
            first += place in group["expect"]

    assert total >= 150
    assert first / total >= 0.85
    assert guessed <= 1


def test_shortened_words_do_not_end_a_sentence() -> None:
    assert split_sentences("По ст. 15 платят 800 руб. Штраф один. Т. е. Не два.") == [
        "По ст. 15 платят 800 руб. Штраф один.",
        "Т. е. Не два.",
    ]


def test_a_closing_quote_stays_with_its_sentence() -> None:
    text = "Он сказал: «Полис готов.» Потом ушёл."
    assert split_sentences(text) == ["Он сказал: «Полис готов.»", "Потом ушёл."]
    assert [text[start:end] for start, end in sentence_spans(text)] == split_sentences(text)


SETS = ("knowledge_questions_fresh.yml", "knowledge_questions_others.yml")


def cases(name: str) -> list[tuple[str, list[str]]]:
    groups = yaml.safe_load((QUESTIONS.parent / name).read_text(encoding="utf-8"))
    return [(text, group["expect"]) for group in groups for text in group["ask"]]


async def test_answers_to_held_out_questions_are_right_or_absent(
    seeded: KnowledgeIndex, tenant_id: int
) -> None:
    right = wrong = asked = guessed = unknown = 0
    for text, expect in [case for name in SETS for case in cases(name)]:
        hit = choose(
            read_question(text), await seeded.search(SearchQuery(tenant_id, text, limit=1))
        )
        found = hit is not None and place_of(hit.file_name, hit.heading) in expect
        asked += bool(expect)
        unknown += not expect
        right += found
        wrong += bool(expect) and hit is not None and not found
        guessed += not expect and hit is not None

    assert (asked >= 150, unknown >= 60) == (True, True)
    assert right / asked >= 0.8
    assert wrong / asked <= 0.04
    assert guessed / unknown <= 0.03


async def test_every_line_of_an_answer_is_in_the_passage_and_fits_a_chat(
    seeded: KnowledgeIndex, tenant_id: int
) -> None:
    answerer = ExtractiveAnswerer(seeded)
    for text, _ in cases("knowledge_questions.yml"):
        answer = await answerer.answer(text, tenant_id=tenant_id)
        if not answer.confident:
            continue
        (citation,) = answer.citations
        hits = await seeded.search(SearchQuery(tenant_id, text))
        sources = [hit.text for hit in hits if hit.heading == citation.section]
        for line in answer.text.split("\n"):
            assert any(line in source for source in sources), (text, line)
        assert not answer.text.startswith(("#", "|"))
        assert answer.text.rstrip()[-1] in ".!?»)0123456789—МX" or "• " in answer.text, answer.text
        assert len(answer.text) <= 700 or "таблиц" in text, (text, len(answer.text))


@pytest.mark.parametrize("question", ["Что делать при ДТП?", "европротокол", "сколько стоит каско"])
async def test_a_neighbouring_subject_is_left_to_a_human(
    seeded: KnowledgeIndex, tenant_id: int, question: str
) -> None:
    assert not (await ExtractiveAnswerer(seeded).answer(question, tenant_id=tenant_id)).confident


@pytest.mark.parametrize(
    ("question", "product", "title"),
    [
        ("Можно ли вернуть деньги за полис?", "osago", "ОСАГО: вопросы и ответы"),
        (
            "Можно ли вернуть деньги за страховку по ипотеке?",
            "osago",
            "Ипотечное страхование: вопросы и ответы",
        ),
    ],
)
async def test_the_product_of_the_conversation_answers_unless_another_one_is_named(
    seeded: KnowledgeIndex, tenant_id: int, question: str, product: str, title: str
) -> None:
    answer = await ExtractiveAnswerer(seeded).answer(question, tenant_id=tenant_id, product=product)

    assert answer.citations[0].title == title


async def test_a_question_with_a_number_gets_its_row_of_the_table(
    seeded: KnowledgeIndex, tenant_id: int
) -> None:
    answerer = ExtractiveAnswerer(seeded)
    power = await answerer.answer("123 лошади какой коэффициент", tenant_id=tenant_id)
    klass = await answerer.answer("какой кбм у 10 класса", tenant_id=tenant_id)

    assert power.text == "• Мощность, л. с.: больше 120 до 150; Коэффициент: 1,4"
    assert klass.text.split("\n")[-1].startswith("• Класс: 10; КБМ: 0,63")


def test_every_known_question_leads_to_a_section_that_exists() -> None:
    places = {place for _, place in read_examples() if place}
    found = {
        f"{path.stem}#{line[3:].strip()}"
        for path in SEED.glob("*.md")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    }
    assert places <= found


async def test_a_document_of_the_tenant_on_a_neighbouring_subject_answers(
    index: KnowledgeIndex, library: Library, admin: Principal
) -> None:
    await library.publish("# Аварии\n\n## Что делать при ДТП\nВключите аварийную сигнализацию.")
    await index.refresh()
    answer = await ExtractiveAnswerer(index).answer(
        "Что делать при ДТП?", tenant_id=admin.tenant_id
    )

    assert answer.text == "Включите аварийную сигнализацию."
