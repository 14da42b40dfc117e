"""Decides for every sentence of a model, before anybody sees it, whether its citation proves it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from insurance_chat.dialogue.answering import facts
from insurance_chat.dialogue.answering.model import support
from insurance_chat.dialogue.answering.model.moving import moved
from insurance_chat.dialogue.answering.model.sources import Proof, Source, locate, same_words
from insurance_chat.dialogue.answering.model.stream import MALFORMED, NOBODY, Unit
from insurance_chat.dialogue.answering.sentences import split_sentences


class Fault(StrEnum):
    """Why a sentence is not shown."""

    EMPTY = "empty"
    UNCITED = "uncited"
    MALFORMED = "malformed"
    UNKNOWN_PASSAGE = "unknown_passage"
    NOT_IN_PASSAGE = "not_in_passage"
    MARKUP = "markup"
    FIGURE = "figure"
    WORDS = "words"
    WEIGHTY = "weighty"
    NEGATION = "negation"
    LIMIT = "limit"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a sentence.

    Args:
        text: as it may be shown.
        detail: the figure or the word that has no source.
    """

    text: str
    fault: Fault | None = None
    detail: str = ""
    proofs: tuple[Proof, ...] = ()

    @property
    def ok(self) -> bool:
        """It may be shown."""
        return self.fault is None


UNSAFE = re.compile(r"<\s*/?\s*[a-zа-я!?]|&#|&[a-z]{2,8};|\]\(|\[\[|\]\]|```|`|\|\s*-|!\[|\\", re.I)
_REFERENCE = re.compile(r"\s*\[\d{1,2}\]")
_HEADING = re.compile(r"^#{1,6}\s+")
_ITEM = re.compile(r"^[-*–—]\s+")
_BOLD = re.compile(r"\*\*|__|(?<!\w)[*_]|[*_](?!\w)")


def tidy(text: str) -> str:
    """A sentence without invisible characters and without the markup that models like."""
    seen = "".join(
        char
        for char in text
        if unicodedata.category(char) not in {"Cf", "Cc", "Cs", "Co"} or char == "\n"
    )
    seen = _BOLD.sub("", _REFERENCE.sub("", _HEADING.sub("", _ITEM.sub("• ", seen.strip()))))
    return seen.strip()


def check(unit: Unit, sources: Mapping[int, Source]) -> Verdict:
    """Prove one sentence by what it cites.

    Args:
        sources: passages of the prompt by number.
    """
    text = tidy(unit.text)
    fault, proofs = _cited(unit, text, sources)
    if fault is not None:
        return Verdict(text, fault)
    if any(_literal(text, proof) for proof in proofs):
        return Verdict(text, proofs=proofs)
    quotes = [proof.quote for proof in proofs]
    headings = [f"{proof.source.title}. {proof.source.section}" for proof in proofs]
    strange = facts.missing(text, [*quotes, *headings])
    strange |= {fact for fact in facts.missing(text, quotes) if fact.kind in _IN_QUOTE}
    if strange:
        return Verdict(text, Fault.FIGURE, ", ".join(sorted(map(facts.shown, strange))))
    fault, detail = _meaning(text, proofs, quotes, headings)
    return Verdict(text, fault, detail, () if fault else proofs)


def _literal(text: str, proof: Proof) -> bool:
    """The sentence is a whole sentence of the passage, word for word: nothing is left to prove."""
    return same_words(text) == same_words(proof.quote)


#: Never taken from a heading.
_IN_QUOTE = frozenset({"rub", "usd", "eur", "percent", "phone", "email", "link"})


def _cited(
    unit: Unit, text: str, sources: Mapping[int, Source]
) -> tuple[Fault | None, tuple[Proof, ...]]:
    if any(mark.number == MALFORMED for mark in unit.marks):
        return Fault.MALFORMED, ()
    if not text:
        return Fault.EMPTY, ()
    if not unit.marks or len(split_sentences(text)) != 1:
        return Fault.UNCITED, ()
    if UNSAFE.search(text):
        return Fault.MARKUP, ()
    proofs: list[Proof] = []
    for mark in unit.marks:
        if mark.number == NOBODY or mark.number not in sources:
            return Fault.UNKNOWN_PASSAGE, ()
        found = locate(mark.span, sources[mark.number])
        if not found:
            return Fault.NOT_IN_PASSAGE, ()
        proofs += found
    return None, tuple(proofs)


def _meaning(
    text: str, proofs: tuple[Proof, ...], quotes: list[str], headings: list[str]
) -> tuple[Fault | None, str]:
    cited = "\n".join([*quotes, *headings])
    passages = "\n".join([proof.source.text for proof in proofs] + headings)
    if not support.lexical(text, passages, cited):
        return Fault.WORDS, ""
    clauses = "\n".join(proof.clauses for proof in proofs)
    if group := support.weighty(text, "\n".join([clauses, *headings])):
        return Fault.WEIGHTY, group
    if support.flipped(text, clauses, "\n".join(quotes)):
        return Fault.NEGATION, ""
    if support.turned(text, cited):
        return Fault.LIMIT, ""
    if moved(text, quotes):
        return Fault.MOVED, ""
    return None, ""
