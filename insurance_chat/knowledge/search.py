"""What is asked of the index, what it answers, and how several rankings become one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from statistics import median
from typing import Literal, Protocol

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from insurance_chat.knowledge.words import Question, Term, grams, stems, weight_of, words

Audience = Literal["public", "agents", "private"]
RRF_K = 20  # how fast a lower place loses weight; measured in docs/adr/0002-search-engine.md
SAME_ROOT = 5  # letters that two forms of a word have in common at least
ENDING = 3  # letters by which they may differ in length
COVERAGE_WEIGHT = 0.75
HEADING_WEIGHT = 0.5
ASKED_WEIGHT = 4.0
MOST_DIGITS = 9
FOREIGN_COST = 0.6  # a passage about another product than the question or the conversation
# The same of a tenant's own document when only the conversation, not the question, is about another
# product: clients ask about a bath-house while they buy motor insurance.
STRAY_COST = 0.2
OWN_GAIN = 0.6  # a passage of the company that the question names, beside those about all companies
FRESH_GAIN = 0.02  # the newest of the passages looked at; only tells equals apart
MEANT_WEIGHT = 1.5  # so that a passage in other words may beat one that shares chance words
FEW = 8  # passages below which their own middle says nothing
_RANGE = re.compile(r"\b(\d{1,4})[–-](\d{1,4})\b")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question to the knowledge base.

    `agents` also sees documents for agents only, `private` sees nothing else; `reader` is the agent
    who asks and sees the documents that only this one agent has. `company`, `companies` and `product` narrow the search to their own and to general documents. `prefer` only
    puts documents of another product lower, unless the question itself names that product.
    """

    tenant_id: int
    text: str
    audience: Audience = "public"
    company: str | None = None
    product: str | None = None
    limit: int = 8
    prefer: str | None = "osago"
    companies: tuple[str, ...] | None = None
    reader: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that fits.

    Attributes:
        score: the fused rank, how well the text and the heading match and how like the question is
            to a known one; comparable only within one answer.
        lexical: BM25 over stems, 0 when that leg did not find the passage.
        ngram: BM25 over character 4-grams, likewise.
        coverage: 0..1, share of the question's words (rare ones weigh more) that the passage has.
        heading_named: 0..1, share of the heading's words that the question has.
        heading_matched: 0..1, share of the question's words that the heading has.
        asked: 0..1, likeness of the question to the nearest known one that this section answers.
        beside: 0..1, likeness to the nearest known one that the documents do not answer; 0 for a
            document that the known questions are not about.
        known: the known questions are about this document.
        foreign: it belongs to another product than the one asked about.
        own: it is of the company that the question names.
        fresh: 0..1, how new the document is among those looked at; tells equals apart.
        lead: 0..1, by how much the best passage is ahead of the next section; 0 for all others.
        meant: 0..1, by how much its meaning is nearer to the question than that of the usual passage;
            0 without an embedding endpoint.
        legs: what each further leg gave, by its name; `vector` of an embedding endpoint.
    """

    passage_id: int
    document_public_id: str
    title: str
    heading: str
    page: int | None
    text: str
    score: float
    lexical: float
    ngram: float
    coverage: float
    heading_named: float
    heading_matched: float
    file_name: str
    source_url: str | None
    idx: int = 0
    asked: float = 0.0
    beside: float = 0.0
    known: bool = False
    foreign: bool = False
    own: bool = False
    fresh: float = 0.0
    lead: float = 0.0
    meant: float = 0.0
    legs: Mapping[str, float] = field(default_factory=dict)


class Leg(Protocol):
    """One more way to rank passages, for example by vectors of an embedding endpoint."""

    name: str
    weight: float

    async def rank(self, query: SearchQuery, limit: int) -> list[tuple[int, float]]:
        """Best passages: id and score, best first. May be empty when the endpoint is silent."""
        ...


def fuse(legs: Sequence[tuple[float, Sequence[tuple[int, float]]]]) -> list[tuple[int, float]]:
    """Reciprocal rank fusion.

    Args:
        legs: for each leg its weight and its ranking, best first.

    Returns:
        Passage ids with fused scores, best first.
    """
    total: dict[int, float] = defaultdict(float)
    for weight, ranking in legs:
        for place, (passage_id, _) in enumerate(ranking, start=1):
            total[passage_id] += weight / (RRF_K + place)
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))


def coverage(terms: Sequence[Term], text: str, rarity: Callable[[str], float]) -> float:
    """Share of a question's notions that a text has.

    Args:
        terms: the notions.
        text: heading and body of a passage.
        rarity: weight of a stem; rare ones weigh more.

    Returns:
        0..1; 0 for a question without content. A word with a slip counts in part.
    """
    have, known = _stems_of(text)
    found = asked = 0.0
    for term in terms:
        weight, share = _term_share(term, have, known, rarity)
        if share < 1 and term.word.isdigit() and _within(int(term.word[:MOST_DIGITS]), text):
            share = 1.0
        asked += weight
        found += weight * share
    return found / asked if asked else 0.0


def heading_share(question: Question, heading: str, rarity: Callable[[str], float]) -> float:
    """Share of a heading that the question names, so «Где мой полис?» wins over a longer one.

    Args:
        heading: the passage's own heading, without the path.

    Returns:
        0..1.
    """
    have, _ = _stems_of(heading)
    named = set(question.stems)
    for term in question.terms:
        for name in term.others:
            named.update(name if have.issuperset(name) else ())
    known = sorted(question.stems)
    total = found = 0.0
    for stem in have:
        weight = rarity(stem)
        total += weight
        found += weight if stem in named else weight * _near(stem, known)
    return found / total if total else 0.0


def gram_share(question: Question, text: str) -> float:
    """Share of the 4-grams of a question's words that a text has, 0..1; soft on slips and forms."""
    asked = grams(word for term in question.terms for word in term.word.split())
    have = set(grams(words(text)))
    return sum(gram in have for gram in asked) / len(asked) if asked else 0.0


def final_score(
    fused_share: float,
    covered: float,
    named: float,
    matched: float,
    asked: float = 0.0,
    *,
    foreign: bool = False,
    stray: bool = False,
    own: bool = False,
    fresh: float = 0.0,
    meant: float = 0.0,
) -> float:
    """How good a passage is after its text has been looked at; weights are measured.

    Args:
        fused_share: fused score divided by that of the best passage.
        covered: `coverage` of the passage.
        named: `heading_share` of its heading.
        matched: `coverage` of its heading alone.
        asked: likeness to a known question of the section.
        foreign: the passage is about another product.
        stray: likewise, but the question names no product and the document is the tenant's own.
        own: it is of the very company that the question names.
        fresh: how new its document is among those looked at, 0..1.
        meant: `nearness` of its meaning, 0..1.
    """
    read = fused_share + COVERAGE_WEIGHT * covered + HEADING_WEIGHT * (named + matched)
    elsewhere = STRAY_COST if stray else FOREIGN_COST
    place = OWN_GAIN * own + FRESH_GAIN * fresh - elsewhere * foreign
    return read + ASKED_WEIGHT * asked + MEANT_WEIGHT * meant + place


def nearness(ranking: Sequence[tuple[int, float]]) -> dict[int, float]:
    """By how much each passage's meaning is nearer than that of the usual one among the nearest.

    The cosine itself tells little: one model gives 0.3 to strangers and another 0.8.

    Args:
        ranking: passages and their cosine to the question, nearest first.

    Returns:
        0..1 for each passage.
    """
    if not ranking:
        return {}
    scores = [score for _, score in ranking]
    usual = median(scores) if len(scores) >= FEW else max(scores) / 2
    if usual >= 1:
        return {}
    return {one: max(0.0, (score - usual) / (1 - usual)) for one, score in ranking}


def _term_share(
    term: Term, have: frozenset[str], known: list[str], rarity: Callable[[str], float]
) -> tuple[float, float]:
    if any(all(stem in have for stem in name) for name in (term.stems, *term.others)):
        return max(map(rarity, term.stems)), 1.0
    weights = [rarity(stem) * weight_of(term.word) for stem in term.stems]
    shares = [1.0 if stem in have else _near(stem, known) for stem in term.stems]
    return max(weights), min(shares)


@lru_cache(maxsize=4_000)
def _ranges_of(text: str) -> list[tuple[int, int]]:
    return [(int(low), int(high)) for low, high in _RANGE.findall(text)]


def _within(number: int, text: str) -> bool:
    """True when a row of a table holds the number in a range: 45 is in «41–50»."""
    return any(low <= number <= high for low, high in _ranges_of(text))


@lru_cache(maxsize=4_000)
def _stems_of(text: str) -> tuple[frozenset[str], list[str]]:
    # The same few passages are read closely again and again.
    have = frozenset(stems(text))
    return have, sorted(have)


def _near(stem: str, known: list[str]) -> float:
    """How well a stem is matched by a known one with a slip or in another form: 0, 0.7 or 0.85."""
    if len(stem) < 4:
        return 0.0
    root = stem[:SAME_ROOT]
    for other in islice(known, bisect_left(known, root), None):
        if not other.startswith(root):
            break
        if _same_root(stem, other):
            return 0.85
    allowed = 1 if len(stem) < 7 else 2
    best = process.extractOne(stem, known, scorer=DamerauLevenshtein.distance, score_cutoff=allowed)
    if best is None:
        return 0.0
    return 0.85 if best[1] == 1 else 0.7


def _same_root(one: str, other: str) -> bool:
    """True for «оформ» and «оформля»: the stemmer keeps what tells verb pairs apart."""
    shared = max(SAME_ROOT, min(len(one), len(other)) - 1)
    alike = len(one) >= SAME_ROOT and abs(len(one) - len(other)) <= ENDING
    return alike and one[:shared] == other[:shared]
