"""What the client wants, by example: a small linear classifier trained from phrases at first use."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.understanding import scorer
from insurance_chat.dialogue.understanding.scorer import Scorer
from insurance_chat.dialogue.understanding.text import Text

OTHER = "other"
_MAX_CHARS = 400
_SHARPNESS = 4.0  # by cross-validation: a score of 0.5 is then right about half of the time


@dataclass(frozen=True, slots=True)
class Intent:
    """A label and how sure it is, 0…1."""

    label: str
    score: float


def load_phrases(paths: Iterable[Path]) -> dict[str, list[str]]:
    """Merge files of phrases: YAML mappings of a label to a list of examples.

    A customer adds a file of their own with the same labels or new ones.

    Raises:
        ValueError: a file is not a mapping of strings to lists.
        OSError: a file cannot be read.
    """
    merged: dict[str, list[str]] = {}
    for path in paths:
        content = read_yaml(path) or {}
        if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
            raise ValueError(f"{path.name}: expected a mapping of labels to lists of phrases")
        for label, phrases in content.items():
            merged.setdefault(str(label), []).extend(str(phrase) for phrase in phrases)
    return merged


def wording(phrase: str) -> str:
    """The form in which phrases are compared: lower case, digits for numbers, no punctuation but «?»."""
    flat = Text(phrase[:_MAX_CHARS]).flat
    flat = re.sub(r"\d[\d.,]*", "0", flat)
    flat = re.sub(r"[^0-9a-zа-я?]+", " ", flat)
    return re.sub(r" ?\?+", " ?", flat).strip()


class IntentClassifier:
    """Character and word TF-IDF with a linear model; trains in about 0.1 s, then 0.1 ms a phrase."""

    def __init__(self, examples: Mapping[str, Sequence[str]], folder: Path | None = None) -> None:
        """Keep the examples; nothing heavy is imported before the first question.

        Args:
            folder: where the trained model is kept between starts; None trains at every start.
        """
        self._examples = examples
        self._folder = folder
        self._lock = threading.Lock()

    @cached_property
    def _exact(self) -> dict[str, str]:
        exact: dict[str, str] = {}
        for label, phrases in self._examples.items():
            for phrase in phrases:
                exact.setdefault(wording(phrase).removesuffix(" ?"), label)
        return exact

    def exact(self, phrase: str) -> str | None:
        """The label of an example that says the same words; needs no training."""
        return self._exact.get(wording(phrase).removesuffix(" ?"))

    @cached_property
    def _model(self) -> Scorer:
        if self._folder is None:
            return self._train()
        path = self._folder / f"wishes-{scorer.fingerprint(self._examples)}.npz"
        kept = scorer.load(path)
        if kept is None:
            kept = self._train()
            scorer.save(kept, path)
        return kept

    def _train(self) -> Scorer:
        # scikit-learn takes two seconds to import: only who has no kept model pays for it
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
        from sklearn.pipeline import make_union  # noqa: PLC0415
        from sklearn.svm import LinearSVC  # noqa: PLC0415

        phrases, labels = [], []
        for label, group in self._examples.items():
            for phrase in group:
                phrases.append(wording(phrase))
                labels.append(label)
        parts = [TfidfVectorizer(analyzer=terms, sublinear_tf=True) for terms in scorer.TERMS]  # type: ignore[no-untyped-call]
        features = make_union(*parts)  # type: ignore[no-untyped-call]
        model = LinearSVC(C=1.0, class_weight="balanced")  # type: ignore[no-untyped-call]
        model.fit(features.fit_transform(phrases), labels)
        fitted = [part for _, part in features.transformer_list]
        known = [{term: int(at) for term, at in part.vocabulary_.items()} for part in fitted]
        rarity = [part.idf_ for part in fitted]
        weights = np.split(np.ascontiguousarray(model.coef_.T), [len(known[0])])
        return Scorer([str(x) for x in model.classes_], known, rarity, weights, model.intercept_)

    def warm_up(self) -> None:
        """Train now instead of at the first message."""
        with self._lock:
            _ = self._model

    def share(self, phrase: str, label: str) -> float:
        """How likely a label is for a phrase; 1 when nobody has given examples of the label."""
        if label not in self._examples:
            return 1.0
        ranked = self.rank(phrase, top=len(self._examples))
        return next((one.score for one in ranked if one.label == label), 0.0)

    def rank(self, phrase: str, top: int = 3) -> list[Intent]:
        """The likeliest labels of a phrase, best first; an exact example has the score 1."""
        label = self.exact(phrase)
        if label:
            return [Intent(label, 1.0)]
        words = wording(phrase)
        if not re.search(r"[a-zа-я]", words):
            return [Intent(OTHER, 1.0)]
        with self._lock:
            model = self._model
        margins = model.margins(words)
        scores = np.exp(_SHARPNESS * (margins - margins.max()))
        scores /= scores.sum()
        order = scores.argsort()[::-1][:top]
        return [Intent(model.labels[index], float(scores[index])) for index in order]
