"""Looks at the text of a passage that the rankings have found: how well does it fit the question?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from insurance_chat.knowledge.answers import SAME_QUESTION, SAME_WEIGHT
from insurance_chat.knowledge.asked import AskedQuestions, Likeness, place_of
from insurance_chat.knowledge.passages import PATH_SEPARATOR
from insurance_chat.knowledge.search import Hit, coverage, final_score, heading_share
from insurance_chat.knowledge.words import Question, product_of


def own_heading(row: dict[str, Any]) -> str:
    """The last part of the heading path of a passage."""
    return str(row["heading_path"]).rsplit(PATH_SEPARATOR, 1)[-1]


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
