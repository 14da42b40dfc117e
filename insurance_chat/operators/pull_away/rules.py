"""The rules of `rules.yml`, compiled once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from insurance_chat.core.yaml_files import read_yaml

RuleLevel = Literal["near", "hint", "call", "demand"]
_DENIED = re.compile(r"\b(?:не|нельзя|никому|никогда|ни|нет)\b")
_ENDS = ".!?;\n"
_PARTS = ".,!?;:()«»\n"
_REACH = 200  # characters; a longer sentence is read in part, so that time stays linear


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is called, what it means, what it looks for."""

    id: str
    level: RuleLevel
    says: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    denied: bool

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the rule fires in a marked text."""
        found = self.pattern.finditer(text)
        return [match.span() for match in found if self._counts(text, *match.span())]

    def _counts(self, text: str, start: int, end: int) -> bool:
        if self.unless is not None and self.unless.search(_around(text, start, end, _ENDS)):
            return False
        return not (self.denied and _DENIED.search(_around(text, start, end, _PARTS)))


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, and words that tell whose contact it is."""

    rules: tuple[Rule, ...]
    third_party: re.Pattern[str]
    first_person: re.Pattern[str]


def _around(text: str, start: int, end: int, stops: str) -> str:
    """A match with the rest of its sentence or of its part of one."""
    first, last = max(start - _REACH, 0), min(end + _REACH, len(text))
    begin = max(first, *(text.rfind(stop, first, start) + 1 for stop in stops))
    ends = [at for stop in stops if (at := text.find(stop, end, last)) >= 0]
    return text[begin : min(ends, default=last)]


@cache
def rule_book() -> RuleBook:
    """Read and compile the rules."""
    source = resources.files(__package__ or "").joinpath("rules.yml")
    data = read_yaml(source)
    rules = tuple(
        Rule(
            id=row["id"],
            level=row["level"],
            says=row["says"],
            pattern=re.compile("|".join(f"(?:{one})" for one in row["any"])),
            unless=re.compile(row["unless"]) if "unless" in row else None,
            denied=row.get("denied", False),
        )
        for row in data["rules"]
    )
    return RuleBook(rules, re.compile(data["third_party"]), re.compile(data["first_person"]))
