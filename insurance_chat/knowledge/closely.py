"""Looks at the text of a passage that the rankings have found: how well does it fit the question?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from insurance_chat.knowledge.answers import SAME_QUESTION, SAME_WEIGHT
from insurance_chat.knowledge.asked import AskedQuestions, Likeness, place_of
from insurance_chat.knowledge.passages import PATH_SEPARATOR
from insurance_chat.knowledge.search import Hit, coverage, final_score, fuse, heading_share
from insurance_chat.knowledge.sureness import surplus
from insurance_chat.knowledge.words import Question, product_of

LOOKED_AT = 8  # how many of the fused are read closely; 20 were measured to answer no better
ASKED_WEIGHT = 2.0  # as much as both other rankings, so that what was asked before is read closely
FAR_MORE = 0.3  # of a question's words
Ranked = list[tuple[int, float]]


def own_heading(row: dict[str, Any]) -> str:
    """The last part of the heading path of a passage."""
    return str(row["heading_path"]).rsplit(PATH_SEPARATOR, 1)[-1]


@dataclass(frozen=True, slots=True)
class Found:
    """What the rankings say, with and without the known questions that come with the service.

    Args:
        whole: passages with fused scores, best first.
        said: the same by words alone; empty when no known question is like this one.
    """

    whole: Mapping[int, float]
    said: Mapping[int, float]

    def to_load(self, wanted: int) -> tuple[list[int], int]:
        """Passages in the order in which they are worth a look, and how many to look at."""
        first = list(self.whole)[:wanted]
        also = [one for one in list(self.said)[:LOOKED_AT] if one not in first]
        chosen = {*first, *also}
        rest = [one for one in self.whole if one not in chosen]
        return [*first, *also, *rest], wanted + len(also)


def found_by(
    rankings: Sequence[tuple[float, Ranked]], by_hand: Ranked, asked_before: Ranked
) -> Found:
    """Fuse all rankings.

    Args:
        rankings: by words and by meaning, with their weights.
        by_hand: answers written by hand to a question like this one.
        asked_before: sections that known questions like this one lead to.
    """
    both = sorted([*by_hand, *asked_before], key=lambda pair: -pair[1])
    whole = dict(fuse([*rankings, (ASKED_WEIGHT, both)]))
    if not asked_before:
        return Found(whole, {})
    return Found(whole, dict(fuse([*rankings, (ASKED_WEIGHT, by_hand)])))


def settled(look: Look, rows: Sequence[dict[str, Any]], found: Found) -> list[Hit]:
    """Read passages closely and put the best first.

    A tenant's own document that says surely what was asked comes before a section of the seed that a
    known question only resembles: «лимит на ремонт стёкол» is not «лимит по ОСАГО». Of a company that
    the question names it comes before any section of the seed.
    """
    whole = look.read(rows, found.whole)
    if not found.said or not whole or not whole[0].known:
        return whole
    said = replace(look, alike=Likeness({}, look.alike.beside)).read(rows, found.said)
    best = next((hit for hit in said if _outsays(hit, said[0])), None)
    if best is None:
        return whole
    needed = 0.0 if best.own else max(0.0, surplus(look.question, whole[0]))
    if surplus(look.question, best) < needed:
        return whole
    asked = {hit.passage_id: hit.asked for hit in whole}
    rest = [replace(hit, asked=asked[hit.passage_id]) for hit in said if hit is not best]
    return [best, *rest]


def _outsays(hit: Hit, first: Hit) -> bool:
    """A tenant's own passage that is the best by words, or has far more of them than a seed one."""
    if hit.known:
        return False
    return hit is first or (first.known and hit.coverage >= first.coverage + FAR_MORE)


def _led(hits: list[Hit]) -> list[Hit]:
    """The same passages; the first one knows how far ahead of another section it is."""
    if not hits:
        return []
    best = hits[0]
    place = best.document_public_id, best.heading
    others = (hit.score for hit in hits if (hit.document_public_id, hit.heading) != place)
    lead = min(1.0, best.score - next(others, 0.0))
    return [replace(best, lead=lead), *hits[1:]]


@dataclass(frozen=True, slots=True)
class Look:
    """Reads passages closely with one question in mind.

    Args:
        legs: what the built-in rankings gave, by passage: stems, then 4-grams.
        rarity: weight of a stem.
        alike: how like known questions the question is.
        product: what an answer should be about; None for anything.
        written: likeness to questions that administrators have answered by hand, by passage.
        named: companies that the question names.
        given: what each further leg gave, by its name and passage.
        ages: how new passages are, 0..1.
        meant: how near their meanings are, 0..1.
    """

    question: Question
    legs: list[dict[int, float]]
    rarity: Callable[[str], float]
    alike: Likeness
    asked: AskedQuestions
    product: str | None
    written: dict[int, float]
    named: frozenset[str]
    given: dict[str, dict[int, float]]
    ages: dict[int, float]
    meant: dict[int, float]

    def read(self, rows: Sequence[dict[str, Any]], fused: Mapping[int, float]) -> list[Hit]:
        """Passages with all their signs, best first.

        Args:
            fused: score of each passage in the rankings.
        """
        best = max((fused.get(row["id"], 0.0) for row in rows), default=0.0) or 1.0
        hits = [self.hit(row, fused.get(row["id"], 0.0) / best) for row in rows]
        return _led(sorted(hits, key=lambda hit: -hit.score))

    def hit(self, row: dict[str, Any], share: float) -> Hit:
        """One passage with every sign of how well it fits.

        Args:
            row: of `repository.load_passages`.
            share: its fused score divided by that of the best passage.
        """
        whole = f"{row['title']} {row['heading_path']} {row['text']}"
        covered = coverage(self.question.terms, whole, self.rarity)
        heading = own_heading(row)
        named = heading_share(self.question, heading, self.rarity)
        matched = coverage(self.question.terms, heading, self.rarity)
        place = place_of(row["file_name"], row["heading_path"])
        asked = self.alike.places.get(place, 0.0)
        same = 0.0
        if row["id"] in self.written:
            asked = self.written[row["id"]]
            same = SAME_WEIGHT if asked >= SAME_QUESTION else 0.0
        known = place.split("#")[0] in self.asked.files
        foreign = self.product is not None and row["product_code"] not in (None, self.product)
        own, fresh = row["company_code"] in self.named, self.ages.get(row["id"], 0.0)
        stray = foreign and not known and not product_of(self.question)
        meant = self.meant.get(row["id"], 0.0)
        score = final_score(
            share,
            covered,
            named,
            matched,
            asked,
            foreign=foreign,
            stray=stray,
            own=own,
            fresh=fresh,
            meant=meant,
        )
        return Hit(
            passage_id=row["id"],
            document_public_id=str(row["public_id"]),
            title=row["title"],
            heading=row["heading_path"],
            page=row["page"],
            text=row["text"],
            score=same + score,
            lexical=self.legs[0].get(row["id"], 0.0),
            ngram=self.legs[1].get(row["id"], 0.0),
            coverage=covered,
            heading_named=named,
            heading_matched=matched,
            file_name=row["file_name"],
            source_url=row["source_url"],
            idx=row["idx"],
            asked=asked,
            beside=self.alike.beside if known else 0.0,
            known=known,
            foreign=foreign,
            own=own,
            fresh=fresh,
            meant=meant,
            legs={name: found.get(row["id"], 0.0) for name, found in self.given.items()},
        )
