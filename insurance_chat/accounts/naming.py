"""Which agent a client means: «соедините с Ивановой», «с Марией», with cases and slips."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from insurance_chat.accounts.presence import Colleague, colleague
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.accounts.vocabulary import vocabulary, word_list
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.morphology import morphology

_MOST_WORDS = 40
_TYPO_FROM = 5  # letters of a stem that may hold one slip
_SHORTEST_STEM = 3
_WORD = re.compile(r"[а-яa-z]+(?:-[а-яa-z]+)*")
_ENDING = re.compile(
    r"(?:ами|ями|ого|его|ому|ему|ыми|ими|ой|ей|ою|ею|ий|ый|ым|им|ом|ем|ую|юю|ая|яя|ых|их|[аеиоуыьэюяй])$"
)
_VOWELS_LEFT = re.compile(r"[аеиоуыьэюяй]+$")
_EXACT, _STEM, _SLIP = 4, 2, 1


async def named(unit: Unit, tenant_id: int, words: str) -> list[Colleague]:
    """Agents whom these words name, the best fit only; several when the words fit several alike.

    Args:
        words: «Ивановой», «с Марией Ивановой», «Иваново», or the whole message of a client.

    Returns:
        Approved agents of this tenant who are not blocked, whatever their status; empty when the
        words name nobody.
    """
    said = _said(words)
    if not said:
        return []
    rated = [
        (fit, user)
        for user in await StaffRepository(unit, tenant_id).at_work()
        if (fit := rate(said, user.name)) > 0
    ]
    best = max((fit for fit, _ in rated), default=0)
    return [colleague(user) for fit, user in rated if fit == best]


def rate(said: list[str], name: str) -> int:
    """How well words fit a name: the more of its parts are named and the more exactly, the better."""
    return sum(max((_fit(word, part) for word in said), default=0) for part in _parts(name))


def _said(text: str) -> list[str]:
    return [word for word in _parts(text)[:_MOST_WORDS] if word not in word_list("not_names")]


def _parts(text: str) -> list[str]:
    found = _WORD.findall(text.lower().replace("ё", "е"))
    return [part for word in found for part in dict.fromkeys((word, *word.split("-")))]


def _fit(word: str, part: str) -> int:
    if word == part or part in _nominatives(word):
        return _EXACT
    shorts = vocabulary()["short_names"].get(part, "").split()
    if not (_nominatives(word) | {word}).isdisjoint(shorts):
        return _STEM
    one, other = _stem(word), _stem(part)
    if len(one) < _SHORTEST_STEM or one[0] != other[:1]:
        return 0
    if one == other:
        return _STEM
    close = min(len(one), len(other)) >= _TYPO_FROM and OSA.distance(one, other) <= 1
    return _SLIP if close else 0


@lru_cache(maxsize=5_000)
def _nominatives(word: str) -> frozenset[str]:
    """«ивановой» → «иванова», «сергеем» → «сергей»; empty for what is no name."""
    forms = set()
    for parse in morphology().parse(word):
        tag = parse.tag
        if ("Surn" in tag or "Name" in tag or "Patr" in tag) and "sing" in tag:
            form = parse.inflect({"nomn"})
            if form is not None:
                forms.add(str(form.word).replace("ё", "е"))
    return frozenset(forms)


def _stem(word: str) -> str:
    if len(word) <= _SHORTEST_STEM:
        return word
    stem = _VOWELS_LEFT.sub("", _ENDING.sub("", word))
    return stem if len(stem) >= _SHORTEST_STEM else word
