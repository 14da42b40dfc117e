"""The questions by which the search is measured are what the tables say they are."""

from __future__ import annotations

from bench.search_cases import FOLDER, load_cases, load_sources, sections


def test_every_question_has_an_answer_in_the_documents_or_none_at_all() -> None:
    lines = sections(load_sources())
    for case in load_cases():
        assert all(place in lines for place in case.expect), case
        if case.expect:
            # Sections with subsections only have text below them.
            text = "\n".join("\n".join(lines[place]) for place in case.expect)
            assert case.says in text, case


def test_there_are_enough_questions_of_every_kind_in_both_halves() -> None:
    cases = load_cases()
    assert len({case.ask for case in cases}) == len(cases) >= 300
    assert len(list(FOLDER.glob("*.md"))) >= 40
    assert sum(path.stat().st_size for path in FOLDER.glob("*")) < 1_500_000
    assert sum(not case.expect for case in cases) >= 60
    for kind in ("table", "rule", "faq", "contact", "general", "unknown-near", "unknown-general"):
        assert {case.part for case in cases if case.kind == kind} == {"dev", "held-out"}, kind


def test_what_clients_may_not_read_is_not_given_to_other_engines() -> None:
    names = {source.name for source in load_sources()}
    assert not names & {"agentam-komissii", "tarify-arhiv"}
