"""All the facts of a message, each word explained at most once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from insurance_chat.dialogue.understanding.extractors.address import find_addresses
from insurance_chat.dialogue.understanding.extractors.amounts import (
    find_experience,
    find_months,
    find_power,
    find_years,
)
from insurance_chat.dialogue.understanding.extractors.cars import find_cars
from insurance_chat.dialogue.understanding.extractors.contact import find_emails, find_phones
from insurance_chat.dialogue.understanding.extractors.dates import find_dates
from insurance_chat.dialogue.understanding.extractors.documents import find_documents
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.loose_address import find_loose_addresses
from insurance_chat.dialogue.understanding.extractors.names import find_names
from insurance_chat.dialogue.understanding.extractors.places import find_places
from insurance_chat.dialogue.understanding.extractors.plate import find_plates
from insurance_chat.dialogue.understanding.extractors.vin import find_vins
from insurance_chat.dialogue.understanding.text import Text

STRONG = frozenset(
    {
        "plate",
        "vin",
        "vehicle_document",
        "passport",
        "license",
        "phone",
        "email",
        "full_name",
        "number10",
        "address",
    }
)
_DATE_WORDS = (
    (
        "birth",
        re.compile(r"рожд|родил|(?<![а-я])д\.? ?р\.?(?![а-я])|(?<![а-я])г\.? ?р\.?(?![а-я])"),
    ),
    ("issue", re.compile(r"выдан|выдач|получен|дата регистрац|составлен|(?<![а-я])от $")),
    (
        "end",
        re.compile(r"конч|законч|истек|заканч|(?<![а-я])(?:до|по) $|продал|дтп|авари|купил|продаж"),
    ),
    ("experience", re.compile(r"стаж|за рул|вожу|водит с|ездит|езжу|на правах|открыт|опыт")),
    ("start", re.compile(r"начал|начин|действ|старт|(?<![а-я])(?:с|со|на) $|оформ|нужн|нужен")),
)


_POLICY_ENDS = re.compile(
    r"(?:полис|страховк|осаг|страхов|стар[ыо]|текущ|прошл|действ).*(?:конч|законч|заканч|истек|(?:до|по) $)"
    r"|(?:конч|законч|заканч|истек).*(?:полис|страховк|осаг|страхов|срок)"
)
_ENDED = re.compile(r"(?:кончил|законч\w*ил|истек(?!а))")  # «закончился 5 ноября»: not next year
_AFTER_SALE = re.compile(r"нов[ыуо]|год до|год по|месяц\w* до|продал|дтп")
_STREET = re.compile(r"(?<![а-я])(?:ул|улица|улице|пр|проспект|пер|мкр)[. ]*$")  # «ул 8 марта»


class Collector:
    """Runs the extractors in the order in which they may claim words."""

    def __init__(self, text: Text, today: date, expected: frozenset[str]) -> None:
        """`expected` are the types of the slots that the last reply asked for."""
        self.text = text
        self.today = today
        self.expected = expected
        self.found: list[Found] = []

    def collect(self) -> list[Found]:
        """Facts in order of place."""
        has_digits = any(char.isdigit() for char in self.text.flat)
        self._take(
            find_emails(self.text)
        ) if "@" in self.text.flat or "соба" in self.text.flat else None
        if has_digits:
            self._take(find_vins(self.text, "vin" in self.expected))
            self._take(find_plates(self.text, "plate" in self.expected))
        self._dates()
        if has_digits:
            self._take(find_documents(self.text))
            self._take(find_phones(self.text, "phone" in self.expected), over="number10")
        self.text = self.text.without(
            (each.start, each.end) for each in self.found if each.kind == "number10"
        )
        self._addresses()
        self._take(find_power(self.text))
        licences = [one.end for one in self.found if one.kind in {"license", "number10"}]
        asked = "experience" in self.expected
        self._take(find_experience(self.text, self.today, asked, licences))
        self._take(find_months(self.text, "months" in self.expected))
        self._take(find_cars(self.text, "make_model" in self.expected))
        self._take(find_years(self.text, self.today))
        self._take(find_places(self.text, "region" in self.expected))
        return sorted(self.found, key=lambda each: each.start)

    def _addresses(self) -> None:
        """Addresses and names; what is left of the words may be an address in no known form."""
        asked = "address" in self.expected
        addresses = find_addresses(self.text, asked)
        good = [one for one in addresses if one.problem is None]
        self._take(good)
        self._take(find_names(self.text, "full_name" in self.expected))
        if asked and not good and any(char.isdigit() for char in self.text.flat):
            self._take(find_loose_addresses(self.text, only=self.expected == {"address"}))
        self._take(one for one in addresses if one.problem)

    def _dates(self) -> None:
        wants = bool(self.expected & {"date", "birth_date", "experience"})
        dates = find_dates(self.text, self.today, wants)
        named = (one for one in dates if not _STREET.search(self.text.flat[: one.start][-12:]))
        self._take([self._meaning(one) for one in named])

    def _meaning(self, one: Found) -> Found:
        """Adds what the words around say of a date: birth, issue, end, experience or start."""
        after = self.text.flat[one.end : one.end + 16]
        if (
            re.match(r"[ ,]*(?:г\.? ?р|рожд)", after)
            or "рожд" in self.text.flat[one.start : one.end]
        ):
            return replace(one, label="birth")
        if one.label == "relative" and "date" not in self.expected:
            return replace(one, label="ahead")
        before = re.split(r"[,;\n¦]|\d{3}", self.text.flat[max(0, one.start - 40) : one.start])[-1]
        if (
            _POLICY_ENDS.search(before)
            and not _AFTER_SALE.search(before)
            and isinstance(one.value, date)
        ):
            if _ENDED.search(before) and one.label == "no_year":
                return replace(one, label="past")
            # the new policy begins on the day after the old one
            return replace(one, label="policy_end", value=one.value + timedelta(days=1))
        for name, pattern in _DATE_WORDS:
            if pattern.search(before):
                bare = name == "start" and re.search(r"(?<![а-я])(?:с|со|на) $", before)
                past = isinstance(one.value, date) and one.value < self.today
                return replace(one, label=("since" if past else "ahead") if bare else name)
        prepositional = re.match(r"(?:с|со|на) ", self.text.flat[one.start : one.end])
        if one.label == "relative":
            return replace(one, label="ahead")
        if prepositional:
            past = isinstance(one.value, date) and one.value < self.today
            return replace(one, label="since" if past else "ahead")
        return one

    def _take(self, facts: Iterable[Found], over: str = "") -> None:
        spans = []
        for one in facts:
            clash = [each for each in self.found if one.start < each.end and each.start < one.end]
            if any(each.kind != over for each in clash):
                continue
            if clash and not self._phone_wins(clash[0]):
                continue
            self.found = [each for each in self.found if each not in clash]
            self.found.append(one)
            spans.append((one.start, one.end))
        if spans:
            hidden = [span for span in spans if not self._may_be_phone(span)]
            self.text = self.text.without(hidden)

    def _may_be_phone(self, span: tuple[int, int]) -> bool:
        return any(
            each.kind == "number10" and (each.start, each.end) == span for each in self.found
        )

    def _phone_wins(self, number: Found) -> bool:
        """Ten unnamed digits from 9 are a phone unless a document is expected or it is written 4+6."""
        documents = self.expected & {"passport", "license", "vehicle_document"}
        return "phone" in self.expected or (not documents and number.label != "split")


def collect_facts(text: Text, today: date, expected: Iterable[str] = ()) -> list[Found]:
    """Facts of a message in order of place; `expected` are types of slots that were asked for."""
    return Collector(text, today, frozenset(expected)).collect()
