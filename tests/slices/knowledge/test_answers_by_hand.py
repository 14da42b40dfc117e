"""Questions and answers that an administrator writes: found by their words, before other documents."""

from __future__ import annotations

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.knowledge import answers
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.seeding import SEED
from tests.slices.knowledge.conftest import Library

ASKED = "Можно ли внести в полис ОСАГО водителя без стажа?"
ANSWER = "Можно: стаж не нужен, нужно только действующее водительское удостоверение."


async def seed(library: Library) -> None:
    for path in sorted(SEED.glob("*.md")):
        await library.publish(path.read_text("utf-8"), path.name)


async def publish(library: Library, questions: list[str], answer: str) -> None:
    await library.publish(answers.compose(questions, answer).decode(), answers.FILE_NAME)


async def test_the_same_question_gets_the_written_answer_with_it_as_the_source(
    library: Library, index: KnowledgeIndex
) -> None:
    await seed(library)
    asking = "Сколько стоит ОСАГО?"
    await index.refresh()
    answerer = ExtractiveAnswerer(index)
    tenant = library.admin.tenant_id
    before = await answerer.answer(asking, tenant_id=tenant)
    assert before.citations[0].title == "ОСАГО: вопросы и ответы"

    await publish(library, [asking, ASKED], ANSWER)
    await index.refresh()

    for words in (asking, "сколько стоит осаго", ASKED, ASKED.lower().rstrip("?")):
        answer = await answerer.answer(words, tenant_id=tenant)
        assert answer.confident, words
        assert answer.text == ANSWER, words
        assert answer.citations[0].title == f"Вопрос и ответ: {asking}"


async def test_other_questions_are_answered_as_before(
    library: Library, index: KnowledgeIndex
) -> None:
    await seed(library)
    await publish(library, [ASKED], ANSWER)
    await index.refresh()

    answer = await ExtractiveAnswerer(index).answer(
        "Сколько действует полис ОСАГО?", tenant_id=library.admin.tenant_id
    )

    assert answer.text != ANSWER


async def test_a_second_answer_to_a_question_replaces_the_first(
    library: Library, index: KnowledgeIndex
) -> None:
    await publish(library, [ASKED], ANSWER)
    await publish(library, [ASKED], "Да, можно.")
    await index.refresh()

    answer = await ExtractiveAnswerer(index).answer(ASKED, tenant_id=library.admin.tenant_id)

    assert answer.text == "Да, можно."


async def test_words_of_the_answer_never_become_headings_or_comments(
    library: Library, index: KnowledgeIndex
) -> None:
    answer = "Первое.\n# Второе\n<!-- третье -->\nЧетвёртое."
    await publish(library, ["Что делать после аварии: «европротокол»?"], answer)
    await index.refresh()

    found = await ExtractiveAnswerer(index).answer(
        "Что делать после аварии: «европротокол»?", tenant_id=library.admin.tenant_id
    )

    for word in ("Первое", "# Второе", "третье", "Четвёртое"):
        assert word in found.text


@pytest.mark.parametrize(
    ("questions", "answer", "code"),
    [
        ([], ANSWER, "kb_questions"),
        (["?", "  "], ANSWER, "kb_questions"),
        (["А" * 260], ANSWER, "kb_questions"),
        ([f"Вопрос номер {n}?" for n in range(11)], ANSWER, "kb_questions"),
        ([ASKED], "  ", "kb_answer"),
        ([ASKED], "а" * 3001, "kb_answer"),
    ],
)
def test_an_entry_without_words_is_refused(questions: list[str], answer: str, code: str) -> None:
    with pytest.raises(ServiceError, match=code):
        answers.compose(questions, answer)
