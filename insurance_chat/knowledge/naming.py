"""Which company a question names: «у Гранита», «в цапле», «ресо» — so that nobody else's terms answer it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import DamerauLevenshtein

from insurance_chat.knowledge.analysis.dictionary import company_patterns
from insurance_chat.knowledge.words import Question, stems, words

SURE_SLIP = 5  # letters of a root from which one slip is forgiven
SHORTEST = 3  # letters of a word that can stand for a name
_QUOTED = re.compile(r"(\b(?:СК|СД|СО|АСО|компани\w{1,3})\s+)?«([^«»]{2,40})»", re.IGNORECASE)
_ENDING = re.compile(
    r"(?:ого|его|ому|ему|ыми|ими|ами|ями|ый|ий|ой|ая|яя|ую|юю|ых|их|ым|им|ом|ем|ей|ах|ях|ам|ям"
    r"|а|у|е|ы|и|ю|я|ь|й|о)$"
)
_MARKED = r"(?:«|\"|\bск |\bкомпани\w+ |\bстрахов\w+ |\bу )"

Root = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Titled:
    """What a document tells about the names of its company."""

    document_id: int
    company: str | None
    title: str
    passages: int = 0


class CompanyNames:
    """The companies of one tenant, by the names in the titles of their documents.

    A name is what stands in quotation marks in the titles of a company's documents and of nobody
    else's: after «СК» or «компания», or in most of them. Companies that the service knows by itself are told by its dictionary.
    """

    def __init__(self) -> None:
        self._documents: dict[int, Titled] = {}
        self._names: dict[Root, str] = {}
        self._passages: Counter[str] = Counter()

    def change(self, gone: Collection[int], added: Iterable[Titled]) -> None:
        """Forget documents and take in new ones."""
        for document_id in gone:
            self._documents.pop(document_id, None)
        self._documents.update({one.document_id: one for one in added})
        self._passages = Counter()
        documents: Counter[str] = Counter()
        owners: dict[Root, Counter[str | None]] = defaultdict(Counter)
        marked: set[Root] = set()
        for one in self._documents.values():
            if one.company is not None:
                self._passages[one.company] += one.passages
                documents[one.company] += 1
            for match in _QUOTED.finditer(one.title):
                name = _roots(match[2])
                owners[name][one.company] += 1
                marked.update([name] if match[1] else [])
        self._names = {}
        for name, of in owners.items():
            (owner, count), *others = of.most_common()
            if not name or others or owner is None:
                continue
            # A quoted word in a single title may be anything: «Европротокол».
            if name in marked or (count > 1 and 2 * count > documents[owner]):
                self._names[name] = owner

    def named(
        self, text: str, frequency: Callable[[str], int] = lambda _word: 0
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Companies that a question names, and its words that do so.

        Args:
            text: the question.
            frequency: in how many passages of the tenant a word occurs. A name that is also an
                everyday word of other documents («Согласие») counts only where it is marked as one.
        """
        found: set[str] = set()
        used: set[str] = set()
        for code, pattern in company_patterns().items():
            if match := pattern.search(text):
                found.add(code)
                # Texts of all companies may hold the name, so it stays where there are only those.
                used.update(words(match.group()) if code in self._passages else [])
        asked = words(text)
        roots = [_root(word) for word in asked]
        for name, code in self._names.items():
            for at, whole in _places(name, roots):
                here = asked[at : at + (len(name) if whole else 1)]
                everyday = len(here) == 1 and frequency(here[0]) > self._passages[code]
                if not everyday or _marked(text, here[0]):
                    found.add(code)
                    used.update(here)
        return frozenset(found), frozenset(used)


def without_words(question: Question, used: Collection[str]) -> Question:
    """The question without the words that only name a company; itself when nothing else is left."""
    if not used:
        return question
    terms = tuple(term for term in question.terms if not set(words(term.word)) <= set(used))
    if not terms:
        return question
    gone = {stem for word in used for stem in stems(word)}
    return replace(question, terms=terms, stems=question.stems - gone)


def _places(name: Root, roots: Sequence[str]) -> Iterable[tuple[int, bool]]:
    """Where a question has a name, or only its last word: «маяк» of «Северный Маяк»."""
    size = len(name)
    for at in range(len(roots)):
        window = roots[at : at + size]
        if len(window) == size and all(map(_alike, window, name)):
            yield at, True
        elif size > 1 and _alike(roots[at], name[-1]):
            yield at, False


def _alike(one: str, name: str) -> bool:
    if one == name:
        return True
    near = min(len(one), len(name)) >= SURE_SLIP and one[:1] == name[:1]
    return near and DamerauLevenshtein.distance(one, name, score_cutoff=1) <= 1


def _roots(name: str) -> Root:
    found = tuple(_root(word) for word in words(name))
    return found if all(len(root) >= SHORTEST for root in found) else ()


def _root(word: str) -> str:
    root = _ENDING.sub("", word)
    return root if len(root) >= SHORTEST else word


def _marked(text: str, word: str) -> bool:
    return re.search(_MARKED + re.escape(word), text.lower().replace("ё", "е")) is not None
