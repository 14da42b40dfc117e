"""Insurers whose policies can be offered, and how clients call them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rapidfuzz.distance import OSA

from insurance_chat.core.yaml_files import read_yaml

_WORD = re.compile(r"[а-яa-z0-9]+")
_CASE_ENDING = re.compile(r"(?:ами|ями|ом|ем|ой|ей|а|у|е|ы|и|ю|я|ь|й)$")
_LONGEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Insurer:
    """One insurer.

    Args:
        slug: our stable name, mapped to the aggregator's ids by its adapter.
        official: official name from memory, to be checked before it is printed in a document.
        short: name for messages.
        aliases: how clients type it, lower case.
        needs_context: the name is an everyday word; only its aliases or the bare name count.
        spare: not in the main list of fifteen.
    """

    slug: str
    official: str
    short: str
    aliases: tuple[str, ...]
    needs_context: bool = False
    spare: bool = False


@cache
def all_insurers() -> tuple[Insurer, ...]:
    """The fifteen main insurers, then the spare ones."""
    source = resources.files(__package__ or "").joinpath("insurers.yml")
    rows = read_yaml(source)["insurers"]
    return tuple(Insurer(**{**row, "aliases": tuple(row["aliases"])}) for row in rows)


def get_insurer(slug: str) -> Insurer | None:
    """The insurer with this slug."""
    return next((insurer for insurer in all_insurers() if insurer.slug == slug), None)


def find_insurer(text: str) -> Insurer | None:
    """The company that the client names; None when there is none or several.

    Args:
        text: «в альфе», «ресо», «росгос», or a whole message. One typo is forgiven in long names.
    """
    words = _WORD.findall(text.lower().replace("ё", "е"))
    found: set[str] = set()
    used: set[int] = set()
    for size in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            span = range(start, start + size)
            slug = _match(
                " ".join(_root(w) for w in words[start : start + size]), size == len(words)
            )
            if slug and used.isdisjoint(span):
                used.update(span)
                found.add(slug)
    return get_insurer(found.pop()) if len(found) == 1 else None


def _root(word: str) -> str:
    root = _CASE_ENDING.sub("", word) if len(word) > 4 else word
    return root if len(root) > 2 else word


@cache
def _names() -> dict[str, tuple[str, bool]]:
    """Name without endings → slug and whether it counts inside a longer text."""
    index: dict[str, tuple[str, bool]] = {}
    for insurer in all_insurers():
        for name in (insurer.short, *insurer.aliases):
            roots = " ".join(_root(w) for w in _WORD.findall(name.lower().replace("ё", "е")))
            index[roots] = (insurer.slug, name != insurer.short or not insurer.needs_context)
    return index


def _match(roots: str, whole_text: bool) -> str | None:
    exact = _names().get(roots)
    if exact:
        slug, anywhere = exact
        return slug if anywhere or whole_text else None
    if len(roots) < 7:
        return None
    close = {
        slug
        for name, (slug, anywhere) in _names().items()
        if anywhere
        and name[0] == roots[0]
        and len(name) >= 7
        and OSA.distance(roots, name, score_cutoff=1) <= 1
    }
    return close.pop() if len(close) == 1 else None
