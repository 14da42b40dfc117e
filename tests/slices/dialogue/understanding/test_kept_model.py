"""The model of wishes that one start of the service keeps for the next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from insurance_chat.dialogue.understanding import scorer
from insurance_chat.dialogue.understanding.intents import IntentClassifier, load_phrases, wording
from tests.slices.dialogue.understanding.test_intents import DATA

EXAMPLES = {"human": ["позовите оператора", "живой человек"], "other": ["погода", "синий трактор"]}
START = """
import sys
from pathlib import Path
from insurance_chat.dialogue.understanding.intents import IntentClassifier
classifier = IntentClassifier({"human": ["оператор", "живой человек"], "other": ["погода"]}, Path(sys.argv[1]))
print(classifier.rank("позовите живого оператора")[0].label, "sklearn" in sys.modules)
"""


def _start(folder: Path) -> list[str]:
    command = [sys.executable, "-c", START, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_second_start_trains_nothing_and_understands_the_same(tmp_path: Path) -> None:
    assert _start(tmp_path) == ["human", "True"]
    assert _start(tmp_path) == ["human", "False"]


def test_a_kept_model_gives_the_very_same_margins(client: Any, tmp_path: Path) -> None:
    trained = IntentClassifier(client.examples, tmp_path)
    trained.warm_up()
    kept = IntentClassifier(client.examples, tmp_path)
    for group in load_phrases([DATA / "intents.yml"]).values():
        for phrase in map(wording, group):
            assert np.array_equal(trained._model.margins(phrase), kept._model.margins(phrase))


def test_other_phrases_make_another_model(tmp_path: Path) -> None:
    IntentClassifier({"a": ["дом"], "b": ["кот"]}, tmp_path).warm_up()
    IntentClassifier({"a": ["дом"], "b": ["кот", "пёс"]}, tmp_path).warm_up()
    assert len(list(tmp_path.iterdir())) == 2


def test_only_a_few_models_are_kept(tmp_path: Path) -> None:
    for number in range(scorer.KEPT + 2):
        IntentClassifier({"a": ["дом"], "b": ["кот", f"пёс {number}"]}, tmp_path).warm_up()
    assert len(list(tmp_path.iterdir())) == scorer.KEPT


def test_a_broken_file_is_trained_anew(tmp_path: Path) -> None:
    IntentClassifier(EXAMPLES, tmp_path).warm_up()
    (kept,) = tmp_path.iterdir()
    size = kept.stat().st_size
    kept.write_bytes(kept.read_bytes()[: size // 2])
    assert (
        IntentClassifier(EXAMPLES, tmp_path).rank("позовите оператора скорее")[0].label == "human"
    )
    assert [file.stat().st_size for file in tmp_path.iterdir()] == [size]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_bytes(b"")
    classifier = IntentClassifier(EXAMPLES, nowhere / "cache")
    assert classifier.rank("позовите оператора скорее")[0].label == "human"
