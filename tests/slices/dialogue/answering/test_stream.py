"""The stream of a model is read the same however it is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.dialogue.answering.model.stream import (
    LONGEST,
    MALFORMED,
    Mark,
    Unit,
    UnitReader,
    read_mark,
)


def units(*pieces: str) -> list[Unit]:
    reader = UnitReader()
    found = [unit for piece in pieces for unit in reader.feed(piece)]
    return found + reader.end()


def test_each_sentence_takes_the_citations_behind_it() -> None:
    assert units("Раз. [[1|один]] Два. [[2|пара]] [[3|два]]\n\nТри. [[1|три]]") == [
        Unit("Раз.", (Mark(1, "один"),)),
        Unit("Два.", (Mark(2, "пара"), Mark(3, "два"))),
        Unit("Три.", (Mark(1, "три"),), "\n\n"),
    ]


def test_a_full_stop_behind_the_citation_belongs_to_the_sentence() -> None:
    assert units("Раз [[1|один]]. Два [[2|два]]!") == [
        Unit("Раз.", (Mark(1, "один"),)),
        Unit("Два!", (Mark(2, "два"),)),
    ]


def test_a_sentence_may_cite_in_its_middle() -> None:
    assert units("Раз [[1|один]], а потом два. [[2|два]]") == [
        Unit("Раз , а потом два.", (Mark(1, "один"), Mark(2, "два")))
    ] or units("Раз [[1|один]], а потом два. [[2|два]]")[0].marks == (
        Mark(1, "один"),
        Mark(2, "два"),
    )


def test_no_answer_is_a_mark_without_words() -> None:
    assert units("[[0]]") == [Unit("", (Mark(0),))]


def test_a_span_may_end_with_a_bracket() -> None:
    assert units("Раз. [[1|см. [3]]] Два. [[1|два]]")[0].marks == (Mark(1, "см. [3]"),)


def test_a_sentence_is_given_out_before_the_next_one_is_whole() -> None:
    reader = UnitReader()
    assert reader.feed("Раз. [[1|один]]") == []
    assert reader.feed(" Д") == [Unit("Раз.", (Mark(1, "один"),))]


def test_a_citation_without_an_end_is_malformed() -> None:
    assert units("Раз. [[1|один")[0].marks == (Mark(MALFORMED),)


def test_a_sentence_without_an_end_is_not_waited_for() -> None:
    reader = UnitReader()
    assert reader.feed("а" * (LONGEST + 1))[0].marks == (Mark(MALFORMED),)


def test_marks_are_numbers_and_words() -> None:
    assert read_mark(" 2 | слова | ещё ") == Mark(2, "слова | ещё")
    for nonsense in ("", "|", "x|y", "-1|y", "1", "99999|y", "²|y"):
        assert read_mark(nonsense).number == MALFORMED


PARTS = st.lists(
    st.sampled_from(
        ["Раз", " два", ".", "!", " ", "\n", "\n\n", "[", "[[", "]", "]]", "[[1|", "|", "[[0]]",
         "[[2|кусок]]", "1", ",", "• ", "а" * 700, "»"]
    ),
    max_size=25,
)  # fmt: skip


@given(parts=PARTS, cuts=st.lists(st.integers(0, 60), max_size=40))
def test_where_the_pieces_are_cut_does_not_matter(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    pieces, rest = [], text
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert units(*pieces, rest) == units(text) == units(*text)
