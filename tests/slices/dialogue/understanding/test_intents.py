"""The classifier of wishes on words that it has never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import insurance_chat.main.evaluation as evaluation
from insurance_chat.dialogue.understanding.intents import IntentClassifier, load_phrases, wording

DATA = Path(evaluation.__file__).parent / "data"
HELD_OUT = load_phrases([DATA / "intents.yml"])
ACCEPTED = 0.95


def test_the_table_is_large_and_was_not_learnt_by_heart(client: Any) -> None:
    trained = {wording(phrase) for group in client.examples.values() for phrase in group}
    table = [wording(phrase) for group in HELD_OUT.values() for phrase in group]
    assert len(table) >= 240
    assert not trained & set(table)


def test_nineteen_of_twenty_new_phrases_get_the_right_label(client: Any) -> None:
    classifier = IntentClassifier(client.examples)
    wrong = []
    for label, phrases in HELD_OUT.items():
        for phrase in phrases:
            best = classifier.rank(phrase)[0]
            if best.label != label:
                wrong.append((phrase, label, best.label, round(best.score, 2)))
    total = sum(map(len, HELD_OUT.values()))
    assert 1 - len(wrong) / total >= ACCEPTED, wrong


def test_a_confident_answer_is_nearly_always_right(client: Any) -> None:
    classifier = IntentClassifier(client.examples)
    ranked = [(label, classifier.rank(p)[0]) for label, group in HELD_OUT.items() for p in group]
    sure = [(label, best.label) for label, best in ranked if best.score >= 0.6]
    assert len(sure) >= 0.6 * len(ranked)
    assert sum(label == best for label, best in sure) / len(sure) >= 0.95


@pytest.mark.parametrize(
    "noise", ["зщшгнекуцй", "lorem ipsum dolor", "синий трактор едет", "абракадабра"]
)
def test_nonsense_gets_no_confident_wish(client: Any, noise: str) -> None:
    best = IntentClassifier(client.examples).rank(noise)[0]
    assert best.label == "other" or best.score < 0.6


def test_phrases_of_a_customer_are_added_to_ours(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.yml", tmp_path / "theirs.yml"
    ours.write_text("human: [оператор]\n", encoding="utf-8")
    theirs.write_text("human: [хочу к Ване]\nstart:garage: [гараж]\n", encoding="utf-8")
    assert load_phrases([ours, theirs]) == {
        "human": ["оператор", "хочу к Ване"],
        "start:garage": ["гараж"],
    }


def test_a_file_that_is_not_a_mapping_of_lists_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("human: оператор\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.yml"):
        load_phrases([wrong])
