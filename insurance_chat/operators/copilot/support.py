"""Whether what a model wrote is said by its sources; a model that obeys an attacker gets nowhere.

A sentence of a draft is let through when its figures, dates, addresses and names are in the sources,
most of its words are too, and it does not deny what they affirm. Agents read every draft before it is
sent: what remains, a wrong connection of right words, is theirs to see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from insurance_chat.conversations.contact_spotting.spotting import spot
from insurance_chat.dialogue.answering.facts import missing
from insurance_chat.dialogue.answering.sentences import split_sentences
from insurance_chat.knowledge.words import stems
from insurance_chat.operators.copilot.facts import names_in

SHARE = 0.5  # of a sentence's words that the sources must have
SAME_SENTENCE = 0.6  # of its words in one sentence of a source: both speak of the same
STEM = 4  # letters of a stem that are enough: «страховка», «страховая»
_SHORT = 3  # letters; shorter words say nothing of a subject
_DENIES = re.compile(r"\b(?:не|нет|нельзя|без|никогда|ни)\b", re.IGNORECASE)
_NO_DENIAL = re.compile(
    r"\bне (?:более|менее|больше|меньше|позже|позднее|раньше|ранее|только|реже|выше|ниже|забудьте)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\w-]+")


class Support:
    """What texts say, to hold the sentences of a model against.

    Args:
        sources: passages and, when a text is changed, that text.
        names: who may be named besides, such as the client.
    """

    def __init__(self, sources: Sequence[str], names: Sequence[str] = ()) -> None:
        self._sources = tuple(sources)
        self._names = tuple(names)

    def holds(self, sentence: str) -> bool:
        """Whether the sources say it."""
        return (
            not missing(sentence, self._sources)
            and not self._strangers(sentence)
            and self._is_about_it(sentence)
        )

    def _strangers(self, sentence: str) -> set[str]:
        """Contacts in whatever disguise, and names, that no source has."""
        contacts = {one.value for one in spot(sentence)} - self._contacts
        names = {name for name in names_in(sentence) if _root(name) not in self._roots}
        return contacts | names

    def _is_about_it(self, sentence: str) -> bool:
        said = _content(sentence)
        if not said:
            return False
        known = frozenset().union(*self._sentences.values()) if self._sentences else frozenset()
        if len(said & known) < SHARE * len(said):
            return False
        near = max(self._sentences, key=lambda one: len(said & self._sentences[one]))
        same = len(said & self._sentences[near]) >= SAME_SENTENCE * len(said)
        return not same or _denies(sentence) == _denies(near)

    @cached_property
    def _contacts(self) -> set[str]:
        return {one.value for source in self._sources for one in spot(source)}

    @cached_property
    def _roots(self) -> set[str]:
        words = (word for text in (*self._sources, *self._names) for word in _NAME.findall(text))
        return {_root(word) for word in words}

    @cached_property
    def _sentences(self) -> dict[str, frozenset[str]]:
        return {
            sentence: _content(sentence)
            for source in self._sources
            for sentence in split_sentences(source)
        }


def _content(sentence: str) -> frozenset[str]:
    return frozenset(stem[:STEM] for stem in stems(sentence) if len(stem) >= _SHORT)


def _root(name: str) -> str:
    # Names are inflected at their end: «Альфа», «в Альфе».
    found = stems(name)
    return found[0] if found else name.lower()


def _denies(sentence: str) -> bool:
    return _DENIES.search(_NO_DENIAL.sub("", sentence)) is not None
