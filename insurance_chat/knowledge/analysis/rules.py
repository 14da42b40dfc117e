"""Understands a document by rules and dictionaries; no model is needed."""

from __future__ import annotations

from collections.abc import Sequence

from insurance_chat.knowledge.analysis.conditions import find_conditions
from insurance_chat.knowledge.analysis.dates import find_dates
from insurance_chat.knowledge.analysis.dictionary import find_company, find_kind, find_product
from insurance_chat.knowledge.analysis.findings import Analysis
from insurance_chat.knowledge.analysis.summary import summarise
from insurance_chat.knowledge.passages import Piece


def analyse(title: str, filename: str, pieces: Sequence[Piece]) -> Analysis:
    """Company, product, kind, dates, summary and key conditions, each with its words and place.

    Args:
        title: of the document.
        filename: people write the company into it.
        pieces: passages in order.
    """
    edition, valid_from, valid_until = find_dates(title, pieces)
    return Analysis(
        company=find_company(title, filename, pieces),
        product=find_product(title, filename, pieces),
        kind=find_kind(title, pieces),
        edition_date=edition,
        valid_from=valid_from,
        valid_until=valid_until,
        summary=summarise(title, pieces),
        conditions=find_conditions(pieces),
    )
