"""A trained linear model of wishes without the library that trained it; it can be kept in a file."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from insurance_chat.dialogue.understanding.data_files import stem

FORMAT = "1"  # raise it when terms, training or the arrays below change
KEPT = 4  # files of phrases that were changed since
_LETTERS = (2, 3, 4)


def letter_terms(phrase: str) -> list[str]:
    """Runs of two to four characters inside words, with a space at both ends of a word."""
    return list(_letter_terms(phrase))


def _letter_terms(phrase: str) -> Iterator[str]:
    for word in phrase.split():
        padded = f" {word} "
        for size in _LETTERS:
            yield padded[:size]
            yield from (padded[at : at + size] for at in range(1, len(padded) - size + 1))
            if len(padded) <= size:
                break


def word_terms(phrase: str) -> list[str]:
    """Stems and pairs of neighbours."""
    stems = [stem(word) for word in phrase.split()]
    return [*stems, *(" ".join(pair) for pair in pairwise(stems))]


TERMS = (letter_terms, word_terms)


@dataclass(frozen=True)
class Scorer:
    """How far a phrase is on the side of each label.

    Args:
        labels: what a phrase may mean.
        known: for letters and for words: term → its row.
        rarity: for letters and for words: inverse document frequency by row.
        weights: for letters and for words: row × label.
        base: intercept by label.
    """

    labels: Sequence[str]
    known: Sequence[Mapping[str, int]]
    rarity: Sequence[Any]
    weights: Sequence[Any]
    base: Any

    def margins(self, phrase: str) -> Any:
        """Sublinear TF-IDF, unit length, dot."""
        total = self.base
        for terms, known, rarity, weights in zip(
            TERMS, self.known, self.rarity, self.weights, strict=True
        ):
            counts = Counter(known[term] for term in terms(phrase) if term in known)
            if counts:
                at = np.fromiter(counts.keys(), int, len(counts))
                often = np.fromiter(counts.values(), float, len(counts))
                values = (1.0 + np.log(often)) * rarity[at]
                total = total + (values / np.sqrt(values @ values)) @ weights[at]
        return total


def fingerprint(examples: Mapping[str, Sequence[str]]) -> str:
    """Changes with the phrases and with the way in which they are learnt."""
    content = json.dumps([FORMAT, {k: list(v) for k, v in examples.items()}], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def load(path: Path) -> Scorer | None:
    """What `save` has kept; None when there is nothing or the file is broken."""
    try:
        # Opened here: numpy leaves the file of a broken archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            names = json.loads(kept["names"].tobytes())
            known = [{term: row for row, term in enumerate(terms)} for terms in names["terms"]]
            rarity = [kept["rarity0"], kept["rarity1"]]
            weights = [kept["weights0"], kept["weights1"]]
            return Scorer(names["labels"], known, rarity, weights, kept["base"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def save(scorer: Scorer, path: Path) -> None:
    """Keep it for the next start; a folder that cannot be written only costs that start a second."""
    terms = [sorted(known, key=known.__getitem__) for known in scorer.known]
    names = json.dumps({"labels": list(scorer.labels), "terms": terms}).encode()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes start together: each writes a file of its own, the last name wins.
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                names=np.frombuffer(names, dtype=np.uint8),
                base=scorer.base,
                **{f"rarity{n}": part for n, part in enumerate(scorer.rarity)},
                **{f"weights{n}": part for n, part in enumerate(scorer.weights)},
            )
        Path(name).replace(path)
        for old in sorted(path.parent.glob("*.npz"), key=_written, reverse=True)[KEPT:]:
            old.unlink()


def _written(path: Path) -> float:
    return path.stat().st_mtime
