"""Passages that were cut out of one table, list or sentence are quoted as one."""

from __future__ import annotations

import pytest

from insurance_chat.dialogue.answering.neighbours import joined
from insurance_chat.knowledge.search import Hit


def hit(idx: int, text: str, heading: str = "Тарифы", document: str = "a") -> Hit:
    return Hit(
        passage_id=idx,
        document_public_id=document,
        title="Документ",
        heading=heading,
        page=idx,
        text=text,
        score=1.0,
        lexical=1.0,
        ngram=1.0,
        coverage=1.0,
        heading_named=1.0,
        heading_matched=1.0,
        file_name="a.md",
        source_url=None,
        idx=idx,
    )


def test_a_table_that_goes_on_is_one_and_begins_on_its_first_page() -> None:
    parts = [hit(3, "• Дом: 3"), hit(1, "Тарифы:"), hit(2, "• Квартира: 1")]
    whole = joined(parts[0], parts)
    assert whole.text == "Тарифы:\n• Квартира: 1\n• Дом: 3"
    assert whole.page == 1
    assert whole.passage_id == 3


def test_a_sentence_that_was_cut_is_whole_again() -> None:
    parts = [hit(1, "Сообщите нам не позднее пяти"), hit(2, "рабочих дней.")]
    assert joined(parts[1], parts).text == "Сообщите нам не позднее пяти\nрабочих дней."


@pytest.mark.parametrize(
    "other",
    [
        hit(2, "Другое предложение."),
        hit(3, "• Дом: 3"),
        hit(2, "• Дом: 3", heading="Иное"),
        hit(2, "• Дом: 3", document="b"),
        hit(2, "• " + "о" * 3000),
    ],
    ids=["ended", "not next to it", "another section", "another document", "too long"],
)
def test_what_does_not_go_on_stays_alone(other: Hit) -> None:
    best = hit(1, "• Квартира: 1")
    assert joined(best, [best, other]) is best
