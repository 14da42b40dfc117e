"""Whether the words of a sentence are borne out by what it cites; figures are `facts.py`.

Nothing here understands Russian. Each check refuses what it cannot prove, because a refusal costs
only style: the client gets the quotation itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.answering.facts import read_facts
from insurance_chat.dialogue.answering.model.sources import CLAUSE
from insurance_chat.knowledge.search import coverage
from insurance_chat.knowledge.words import read_question, stems, words

# Shares of a sentence's notions; measured in tests/slices/dialogue/answering/test_measured.py.
IN_PASSAGE = 0.72
IN_QUOTE = 0.55
MOST_WORDS = 60  # the reader of notions looks at no more

_DATA = Path(__file__).parent / "data" / "weighty.yml"
_NOT = frozenset({"не", "ни"})
_WITHOUT = frozenset({"без"})
_FORBIDS = re.compile(
    r"^(?:нельзя|невозможн|запрещ|запрет|нет|отсутств|никогда|никак|никто|никому|ничего|исключен)"
)
_AFTER_NOT = frozenset(
    {"только", "менее", "более", "меньше", "больше", "позднее", "позже", "раньше", "ранее",
     "выше", "ниже", "старше", "младше", "дольше", "свыше"}
)  # fmt: skip
_UP_TO = re.compile(
    r"(?<![а-я])(?:не (?:более|больше|позднее|позже|выше|старше|дольше|свыше)(?: чем)?(?: за| через)?|до|максимум|"
    r"в течение|в пределах) (\d[\d ]*(?:[.,]\d+)?)"
)
_FROM = re.compile(
    r"(?<![а-я])(?:не (?:менее|меньше|раньше|ранее|ниже|младше)(?: чем)?(?: за| через)?|от|минимум|свыше|"
    r"(?<!не )(?:более|больше|старше|выше)(?: чем)?) (\d[\d ]*(?:[.,]\d+)?)"
)


def lexical(sentence: str, passage: str, quote: str) -> bool:
    """Most notions of the sentence are in the passage, and enough of them in the very quotation."""
    if sentence in passage:
        return True
    said = read_facts(sentence).words
    if len(words(said)) > MOST_WORDS:
        return False
    terms = read_question(said).terms
    if not terms:
        # Only figures and small words: then it says no more than its quotation.
        return set(stems(said)) <= set(stems(quote))
    return (
        coverage(terms, passage, _equal) >= IN_PASSAGE
        and coverage(terms, quote, _equal) >= IN_QUOTE
    )


def shared(one: str, other: str) -> float:
    """Share of the notions of one text that the other one has, 0..1."""
    terms = read_question(read_facts(one).words).terms
    return coverage(terms, other, _equal) if terms else 1.0


def _equal(_stem: str) -> float:
    return 1.0


def weighty(sentence: str, quote: str) -> str | None:
    """The first group of `weighty.yml` that the sentence brings in from nowhere."""
    said, cited = _padded(sentence), _padded(quote)
    for name, pattern in _groups():
        if pattern.search(said) and not pattern.search(cited):
            return name
    return None


def _padded(text: str) -> str:
    return f" {' '.join(words(text))} "


@lru_cache(maxsize=1)
def _groups() -> tuple[tuple[str, re.Pattern[str]], ...]:
    data = read_yaml(_DATA)
    return tuple(
        (name, re.compile("|".join(f" {word.replace('*', '[а-я]*')}(?= )" for word in listed)))
        for name, listed in data.items()
    )


def flipped(sentence: str, clauses: str, quote: str) -> bool:
    """A negation was lost or added on the way from the passage to the sentence.

    Args:
        clauses: of the passage that the citation touches.
        quote: its whole sentences; a negation of the same word may stand there as well.
    """
    said, cited = _polarity(sentence), _polarity(clauses)
    for clause in CLAUSE.split(quote):
        if said.denied & (more := _polarity(clause)).denied - cited.denied:
            cited = cited.joined(more)
    if said.negative != cited.negative:
        return True
    both = (said.denied | said.plain) & (cited.denied | cited.plain)
    return any((stem in said.denied) != (stem in cited.denied) for stem in both)


def negations(text: str) -> int:
    """How many words of a text deny or forbid something."""
    return sum(
        word in _NOT or word in _WITHOUT or bool(_FORBIDS.match(word)) for word in words(text)
    )


class _Polarity:
    """Which words of a text are denied.

    A limit («не более») denies nothing, and «не только» neither.
    """

    def __init__(self, text: str) -> None:
        self.denied: set[str] = set()
        self.plain: set[str] = set()
        self.negative = False
        found = words(text)
        stemmed = stems(text)
        for place, word in enumerate(found):
            before = found[place - 1] if place else ""
            if word in _NOT:
                following = found[place + 1] if place + 1 < len(found) else ""
                self.negative = self.negative or following not in _AFTER_NOT
            elif word in _WITHOUT:
                continue
            elif _FORBIDS.match(word):
                self.negative = True
            elif (before in _NOT and word not in _AFTER_NOT) or before in _WITHOUT:
                self.denied.add(stemmed[place])
            else:
                self.plain.add(stemmed[place])

    def joined(self, other: _Polarity) -> _Polarity:
        """Both together."""
        whole = _Polarity("")
        whole.denied, whole.plain = self.denied | other.denied, self.plain | other.plain
        whole.negative = self.negative or other.negative
        return whole


@lru_cache(maxsize=500)
def _polarity(text: str) -> _Polarity:
    return _Polarity(text)


def turned(sentence: str, quote: str) -> bool:
    """A limit became its opposite: «до 10 дней» is not «от 10 дней»."""
    said_up, said_from = _limits(_UP_TO, sentence), _limits(_FROM, sentence)
    cited_up, cited_from = _limits(_UP_TO, quote), _limits(_FROM, quote)
    return bool((said_up & (cited_from - cited_up)) | (said_from & (cited_up - cited_from)))


def _limits(pattern: re.Pattern[str], text: str) -> set[str]:
    plain = re.sub(r"[\s\u00a0\u202f]+", " ", text.lower().replace("ё", "е"))
    return {match[1].replace(" ", "").replace(",", ".") for match in pattern.finditer(plain)}
