"""Questions as clients put them: finds the section they belong to without words in common."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.knowledge.passages import PATH_SEPARATOR
from insurance_chat.knowledge.words import Question, Term, read_question, stems, words

_DATA = Path(__file__).parent / "data" / "asked.yml"
GRAM_SIZES = (3, 4)
GRAM_WEIGHT = 0.8  # of all grams of a word together, beside the word itself
WRITTEN_WEIGHT = 0.3  # of the word as written when it has a usual name
REST_WEIGHT = 0.35  # of a word without a subject
SAME = 0.999
NEAR = 0.2  # less like than this counts for nothing


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a question is like the known ones, each 0..1.

    Attributes:
        places: for each section the likeness of its nearest question, the nearest section first.
        beside: the likeness of the nearest question that the documents do not answer.
    """

    places: Mapping[str, float]
    beside: float


class AskedQuestions:
    """Known questions, compared by words, other names of a thing and pieces of words.

    Args:
        examples: pairs of a question and the place that answers it, "" when nothing does.
        leave_same: a question does not find itself, for honest measuring.
        weighed_by: questions that tell how rare words are, when these are too few to tell.
    """

    def __init__(
        self,
        examples: Sequence[tuple[str, str]],
        *,
        leave_same: bool = False,
        weighed_by: AskedQuestions | None = None,
    ) -> None:
        self._places = [place for _, place in examples]
        self._leave_same = leave_same
        self.files = frozenset(place.split("#")[0] for place in self._places if place)
        self.known = frozenset(place for place in self._places if place)
        found = [_features(read_question(text)) for text, _ in examples]
        spread = Counter(feature for features in found for feature in features)
        self._rarity = {key: math.log(1 + len(found) / (n + 0.5)) for key, n in spread.items()}
        self._unknown = math.log(1 + len(found) / 0.5)
        if weighed_by is not None:
            self._rarity, self._unknown = weighed_by._rarity, weighed_by._unknown
        self._postings = _postings([self._vector(features) for features in found])

    def nearest(self, question: Question) -> Likeness:
        """Compare a question with all known ones."""
        vector = self._vector(_features(question))
        hits = [(self._postings[key], x) for key, x in vector.items() if key in self._postings]
        if not hits:
            return Likeness({}, 0.0)
        rows = np.concatenate([rows for (rows, _), _ in hits])
        weights = np.concatenate([weights * x for (_, weights), x in hits])
        alike = np.bincount(rows, weights, len(self._places))
        best: dict[str, float] = {}
        for row in np.argsort(-alike):
            value = float(alike[row])
            if value < NEAR:
                break
            if not (self._leave_same and value >= SAME):
                best.setdefault(self._places[row], value)
        beside = best.pop("", 0.0)
        return Likeness(best, beside)

    def _vector(self, features: Mapping[str, float]) -> dict[str, float]:
        weighted = {key: x * self._rarity.get(key, self._unknown) for key, x in features.items()}
        length = math.sqrt(sum(x * x for x in weighted.values())) or 1.0
        return {key: x / length for key, x in weighted.items()}


def place_of(file_name: str, heading_path: str) -> str:
    """How the data file names a section: "osago-faq#Где мой полис?"."""
    heading = heading_path.rsplit(PATH_SEPARATOR, 1)[-1]
    return f"{file_name.rsplit('.', 1)[0]}#{heading}"


def read_examples(path: Path = _DATA) -> list[tuple[str, str]]:
    """Questions with the places that answer them, from the data file."""
    groups = read_yaml(path)
    return [(text, group["answer"]) for group in groups for text in group["ask"]]


@lru_cache(maxsize=1)
def asked_questions() -> AskedQuestions:
    """The known questions, read once in a process."""
    return AskedQuestions(read_examples())


def _features(question: Question) -> dict[str, float]:
    out: dict[str, float] = defaultdict(float)
    for term in question.terms:
        _add_term(out, term)
    for word in question.rest:
        out["rest " + "".join(stems(word))] += REST_WEIGHT
    return out


def _add_term(out: dict[str, float], term: Term) -> None:
    name = term.usual or term.word
    out["name " + " ".join(stems(name))] += 1.0
    for word in words(name):
        padded = f"_{word}_"
        pieces = [
            padded[at : at + size]
            for size in GRAM_SIZES
            for at in range(max(1, len(padded) - size + 1))
        ]
        for piece in pieces:
            out[piece] += GRAM_WEIGHT / math.sqrt(len(pieces))
    if term.usual:
        for word in words(term.word):
            out["written " + "".join(stems(word))] += WRITTEN_WEIGHT


def _postings(
    vectors: Sequence[Mapping[str, float]],
) -> dict[str, tuple[NDArray[np.intp], NDArray[np.float64]]]:
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, vector in enumerate(vectors):
        for key, x in vector.items():
            found[key].append((row, x))
    return {
        key: (np.array([row for row, _ in pairs], dtype=np.intp), np.array([x for _, x in pairs]))
        for key, pairs in found.items()
    }
