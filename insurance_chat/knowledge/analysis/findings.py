"""What was understood of a document; every value has the words that it came from."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

ConditionKind = Literal["limit", "deductible", "tariff", "term", "exclusion"]
KINDS: dict[ConditionKind, str] = {
    "limit": "Лимит",
    "deductible": "Франшиза",
    "tariff": "Тариф",
    "term": "Срок",
    "exclusion": "Исключение",
}
_CONFIG = ConfigDict(extra="ignore")


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Found:
    """One value.

    Args:
        value: a code of the dictionary, a date as `YYYY-MM-DD`, or words.
        quote: verbatim fragment of the text; empty when it came from the title or a person.
        page: on which the passage begins, counted from 1.
        passage: number of the passage in the document, counted from 0.
    """

    value: str
    quote: str = ""
    page: int | None = None
    passage: int | None = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Condition:
    """A key condition: a limit, a deductible, a tariff, a term, an exclusion.

    Args:
        name: «Лимит по жизни»; empty for an exclusion.
        value: as the text has it: «500 000 рублей».
    """

    kind: ConditionKind
    name: str
    value: str
    quote: str
    page: int | None = None
    passage: int | None = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Analysis:
    """Everything that was understood; an administrator may correct each part before publishing.

    Args:
        kind: `rules`, `tariffs`, `memo`, `key_information`, `instruction`, `contract`, `faq`.
        summary: two or three sentences of the text.
        by: who found it: rules, a model, or a person who corrected it.
    """

    company: Found | None = None
    product: Found | None = None
    kind: Found | None = None
    edition_date: Found | None = None
    valid_from: Found | None = None
    valid_until: Found | None = None
    summary: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = Field(default=())
    by: Literal["rules", "model", "person"] = "rules"


ANALYSIS = TypeAdapter(Analysis)


def as_date(found: Found | None) -> date | None:
    """The day that was found, None for none."""
    try:
        return date.fromisoformat(found.value) if found else None
    except ValueError:
        return None
