"""Russian words for search: stems, character 4-grams, names of one thing, words without content."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from insurance_chat.core.morphology import morphology
from insurance_chat.core.yaml_files import read_yaml

GRAM = 4
MISSPELT_FILLER = 6  # letters from which a filler is recognised with one slip
OTHER_PART_WEIGHT = 0.5  # verbs, adjectives, adverbs beside nouns
MOST_WORDS = 60  # of a question; the rest of a long message is not searched
LONGEST_NAME = 4  # words in the longest name of a thing in the data file

_WORD = re.compile(r"[a-zа-я0-9]+(?:-[a-zа-я0-9]+)*")
_LOCAL = threading.local()
_DATA = Path(__file__).parent / "data" / "words.yml"

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One notion of a question.

    Attributes:
        word: as the person wrote it (lower case, ё as е).
        stems: the stems of that.
        others: stems of other names of the same thing, the usual one first.
        usual: the usual name in full, empty when there is none.
    """

    word: str
    stems: Stems
    others: tuple[Stems, ...] = ()
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    Attributes:
        terms: what it is about.
        rest: words without a subject («как», «где мой»); they only help to tell headings apart.
        stems: stems of all its words.
    """

    terms: tuple[Term, ...]
    rest: tuple[str, ...]
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The data file, ready for look-ups by stems."""

    fillers: frozenset[str]
    long_fillers: tuple[str, ...]
    names: dict[Stems, tuple[Stems, ...]]
    usual: dict[Stems, str]
    products: dict[str, str]


def words(text: str) -> list[str]:
    """Lower-case words and numbers; ё counts as е, parts of a hyphenated word count one by one."""
    found = _WORD.findall(text.lower().replace("ё", "е"))
    return [part for word in found for part in word.split("-")]


def stems(text: str) -> list[str]:
    """Russian stems of all words."""
    return _stem(words(text))


def grams(found: Iterable[str]) -> list[str]:
    """Character 4-grams of words, with `_` for the borders; a short word is one gram."""
    out: list[str] = []
    for word in found:
        padded = f"_{word}_"
        out.extend(padded[at : at + GRAM] for at in range(max(1, len(padded) - GRAM + 1)))
    return out


def read_question(text: str) -> Question:
    """Tell what a question is about from the words that only carry it."""
    lexicon = load_lexicon()
    found = words(text)[:MOST_WORDS]
    stemmed = _stem(found)
    terms: list[Term] = []
    rest: list[str] = []
    at = 0
    while at < len(found):
        size = _name_at(stemmed, at, lexicon)
        key = tuple(stemmed[at : at + max(size, 1)])
        if size or not _is_filler(found[at], lexicon):
            word = " ".join(found[at : at + max(size, 1)])
            terms.append(Term(word, key, lexicon.names.get(key, ()), lexicon.usual.get(key, "")))
        else:
            rest.append(found[at])
        at += max(size, 1)
    return Question(tuple(terms), tuple(rest), frozenset(stemmed))


def product_of(question: Question) -> set[str]:
    """Products that a question names by a word of their own: `osago`, `mortgage`."""
    products = load_lexicon().products
    return {products[stem] for stem in question.stems if stem in products}


@lru_cache(maxsize=20_000)
def weight_of(word: str) -> float:
    """How much it says about a question's subject that a text lacks this word.

    A missing noun or name («кота», «бмв») means another subject; a missing verb or adjective often
    is only another way to put it.
    """
    part = morphology().parse(word)[0].tag.POS
    return 1.0 if part in (None, "NOUN") else OTHER_PART_WEIGHT


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Read the data file once."""
    data = read_yaml(_DATA)
    fillers = frozenset(word for entry in data["fillers"].split() for word in words(entry))
    names: dict[Stems, tuple[Stems, ...]] = {}
    usual: dict[Stems, str] = {}
    for group in data["same"]:
        keys = list(dict.fromkeys(tuple(stems(str(name))) for name in group))
        for key in keys:
            names[key] = tuple(other for other in keys if other != key)
            if key != keys[0]:
                usual[key] = str(group[0])
    long_fillers = tuple(word for word in sorted(fillers) if len(word) >= MISSPELT_FILLER)
    products = {
        stem: product for product, named in data["products"].items() for stem in stems(named)
    }
    return Lexicon(fillers, long_fillers, names, usual, products)


def _is_filler(word: str, lexicon: Lexicon) -> bool:
    """True for a word without content, also one with a single slip in it."""
    if word in lexicon.fillers:
        return True
    if len(word) < MISSPELT_FILLER:
        return False
    near = process.extractOne(
        word, lexicon.long_fillers, scorer=DamerauLevenshtein.distance, score_cutoff=1
    )
    return near is not None


def _name_at(stemmed: list[str], at: int, lexicon: Lexicon) -> int:
    """Length in words of the longest known name that begins here; 0 when there is none."""
    for size in range(min(LONGEST_NAME, len(stemmed) - at), 0, -1):
        if tuple(stemmed[at : at + size]) in lexicon.names:
            return size
    return 0


def _stem(found: list[str]) -> list[str]:
    return _stemmer().stemWords(found)  # type: ignore[no-any-return]


def _stemmer() -> Stemmer.Stemmer:
    # A stemmer keeps state and a cache: one for each thread.
    if not hasattr(_LOCAL, "stemmer"):
        _LOCAL.stemmer = Stemmer.Stemmer("russian", 50_000)
    return _LOCAL.stemmer
