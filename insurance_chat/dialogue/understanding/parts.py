"""Gives every part of a message its intent, after the facts have been taken out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from insurance_chat.dialogue.understanding.data_files import stem
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.names import is_russian_word
from insurance_chat.dialogue.understanding.intents import Intent, IntentClassifier, wording
from insurance_chat.dialogue.understanding.segments import Segment, looks_like_question, split
from insurance_chat.dialogue.understanding.text import BLOT, Text
from insurance_chat.dialogue.understanding.vocabulary import content_words, pattern_of
from insurance_chat.dialogue.understanding.vocabulary import words as vocabulary

SURE = 0.42
SURE_IN_SALE = 0.5  # a question is open: most words are meant as its answer
VERY_SURE = 0.6
QUESTION = "question"
_REAL_WORD = 4  # letters
_FEW_WORDS = 3  # «вожу я» as an answer starts nothing
_SHORT_WORD = 3  # letters
_LIST = 3  # facts in one part


@dataclass(frozen=True, slots=True)
class Part:
    """A segment with what it wants; `label` is None when it only carries facts or nothing known."""

    segment: Segment
    label: str | None
    score: float
    words: str

    @property
    def asks(self) -> bool:
        """It is shaped as a question."""
        return self.segment.question

    def holds(self, one: Found) -> bool:
        """The fact stands in this part."""
        return self.segment.start <= one.start < self.segment.end


class PartReader:
    """Reads parts with a classifier; shared by all turns."""

    def __init__(self, examples: Mapping[str, Sequence[str]], classifier: IntentClassifier) -> None:
        """`examples` also give the greetings and thanks that may stand next to a request."""
        self._classifier = classifier
        greetings = tuple(examples.get("chitchat:greeting", ()))
        thanks = tuple(
            phrase for phrase in examples.get("chitchat:thanks", ()) if " " not in phrase
        )
        self._greeting = pattern_of(greetings)
        self._thanks = pattern_of(thanks)
        self._stems = {
            label: frozenset(stem(word) for phrase in phrases for word in wording(phrase).split())
            for label, phrases in examples.items()
            if label.startswith("start:")
        }

    def greets(self, text: Text) -> tuple[int, int] | None:
        """Span of the greeting that opens a message."""
        match = self._greeting.match(text.flat, len(text.flat) - len(text.flat.lstrip(" ,.!")))
        return match.span() if match else None

    def likeness(self, words: str, label: str) -> float:
        """How much words sound like examples of a label, 0 to 1; 1 for a label without examples."""
        return self._classifier.share(words, label)

    def read(self, text: Text, taken: Sequence[tuple[int, int]], busy: bool) -> list[Part]:
        """Parts in order. `taken` are spans of facts and answers; `busy`: a question was asked."""
        blotted = text.without(taken).flat
        return [self._part(segment, blotted, busy) for segment in split(text)]

    def _part(self, segment: Segment, blotted: str, busy: bool) -> Part:
        rest = blotted[segment.start : segment.end]
        has_facts = BLOT in rest
        plain = re.sub(rf"[{BLOT}]+", " ", rest)
        words = re.sub(r"\s+", " ", plain).strip(" ,.;:-—")
        asks = segment.question or looks_like_question(words)
        segment = Segment(segment.start, segment.end, asks)
        if not re.search(r"[a-zа-я]", words) or (
            not asks and has_facts and not content_words(words)
        ):
            return Part(segment, None, 0.0, words)
        listing = len(re.findall(rf"[{BLOT}]+", rest)) >= _LIST
        if has_facts:
            words = self._without_courtesy(words)
            if listing and not asks:
                # the names of facts («стс», «паспорт», «права») say nothing of a wish
                words = " ".join(content_words(words, besides=("стс", "собственник", "сам")))
            if not words:
                return Part(segment, None, 0.0, words)
        best = self._classifier.rank(words)[0]
        label = self._accept(best, asks, has_facts, busy, words)
        if asks and label and label.startswith("start:") and self._foreign(words, label):
            label = QUESTION
        if has_facts and not asks and label == QUESTION:
            label = None
        return Part(segment, label, best.score, words)

    def _foreign(self, words: str, label: str) -> bool:
        """«Сколько спутников у Юпитера?»: nothing but the question word is of the subject."""
        subject = [
            word
            for word in content_words(words, besides=vocabulary("question_words"))
            if len(word) >= _REAL_WORD
        ]
        known = self._stems.get(label, frozenset())
        return bool(subject) and all(
            stem(word) not in known and is_russian_word(word) for word in subject
        )

    def _without_courtesy(self, words: str) -> str:
        return self._thanks.sub(" ", words).strip(" ,.!")

    @staticmethod
    def _accept(best: Intent, asks: bool, has_facts: bool, busy: bool, words: str) -> str | None:
        short = len(words.split()) <= 1
        wish = best.label.startswith("start:") and len(words.split()) <= _FEW_WORDS
        needed = (
            VERY_SURE
            if busy and wish and not asks
            else SURE
            if asks
            else VERY_SURE
            if has_facts
            else SURE_IN_SALE
            if busy
            else SURE
        )
        if short and best.score < 1.0 and not asks:
            needed = max(needed, VERY_SURE)
        if has_facts and not asks and len(words) <= _SHORT_WORD:
            return None  # «мо» beside an address is no wish
        if best.label == "other":
            return QUESTION if asks else None
        if best.score >= needed:
            return best.label
        return QUESTION if asks else None
