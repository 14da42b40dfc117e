"""Which slot a fact belongs to: by what was asked, by labels, by roles of people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.grouping import Person, people_of
from insurance_chat.dialogue.understanding.more_drivers import waiting_drivers
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import pattern_of, roles

_SAME = {"plate", "vin", "vehicle_document", "passport", "license", "full_name", "address", "power", "months", "make_model",
         "phone", "email", "experience"}  # fmt: skip
_DRIVER_TYPES = {"license", "experience"}
_DRIVER = "driver"
_LICENCES = {"license", "number10"}
_NO_SLOT = {"issue", "past"}
_DATE_TYPES = {"birth": "birth_date", "experience": "experience", "start": "date", "ahead": "date"}
_TEN_DIGITS = ("vehicle_document", "passport", "license")
_MORE = "add_driver"
_PERSON_TYPES = {"full_name", "birth_date", "passport", "address", "license", "experience"}


@dataclass(frozen=True)
class Targets:
    """Slots that a fact may fill: `expected` first, then the others of the flow, in their order."""

    slots: Mapping[str, SlotDefinition]
    expected: tuple[str, ...]
    others: tuple[str, ...]
    filled: Mapping[str, Any] = field(default_factory=dict)

    def named(self, kind: str) -> list[SlotDefinition]:
        """Slots of a type: asked for first, volunteered ones after."""
        names = [*self.expected, *(name for name in self.others if name not in self.expected)]
        found = [self.slots[name] for name in names if name in self.slots]
        return [
            slot
            for slot in found
            if slot.type == kind and (slot.volunteer or slot.name in self.expected)
        ]

    def expects(self, kind: str) -> bool:
        """True if the last reply asked for a slot of this type."""
        return any(self.slots[name].type == kind for name in self.expected if name in self.slots)

    def expected_types(self) -> frozenset[str]:
        """Types of the slots that were asked for."""
        return frozenset(self.slots[name].type for name in self.expected if name in self.slots)


class Assignment:
    """Finds a slot for every fact of one message."""

    def __init__(
        self,
        text: Text,
        facts: Sequence[Found],
        targets: Targets,
        correcting: bool,
        owner_drives: bool = False,
    ) -> None:
        """`text` must have the phrases about slots blotted out, so that they do not count as roles.

        `owner_drives`: the same message says that the owner is a driver («впишите меня и жену»).
        """
        self.text = text
        self.facts = facts
        self.targets = targets
        self.correcting = correcting
        self.people = people_of(facts)
        self.waiting: list[Person] = []
        if not correcting and targets.named("license"):
            drivers = [one for one in self.people if self._is_driver(one)]
            self.waiting = waiting_drivers(drivers, targets.filled, targets.expected, owner_drives)
        self.types = {self.type_of(one) for one in facts}

    def slot_for(self, one: Found) -> SlotDefinition | None:
        """The slot of a fact, None if it answers nothing that anybody wants to know."""
        kind = self.type_of(one)
        if kind is None or any(person.holds(one) for person in self.waiting):
            return None
        candidates = self.targets.named(kind)
        if not candidates:
            return None
        if kind in _PERSON_TYPES:
            return self._person_slot(one, candidates, kind)
        return candidates[0] if self._welcome(one, candidates[0]) else None

    def _is_driver(self, person: Person) -> bool:
        if self._spoken_role(person.facts[0]) not in {None, _DRIVER}:
            return False
        asked = {_MORE, "driver_license"} & set(self.targets.expected)
        told = {self.type_of(one) for one in person.facts}
        if not person.name:
            return "license" in told and len(self.people) > 1
        return person.drives or bool(asked and not told & {"passport", "address"})

    def type_of(self, one: Found) -> str | None:
        """The type of slot that a fact can fill, None when it means nothing here."""
        if one.kind in _SAME:
            return one.kind
        reader = {
            "date": self._date_type,
            "number10": self._number_type,
            "lettered": self._lettered_type,
        }.get(one.kind)
        if reader:
            return reader(one)
        return {"year": "integer", "place": "region"}.get(one.kind)

    def _date_type(self, one: Found) -> str | None:
        if one.label in _NO_SLOT:
            return None
        if one.label == "policy_end":
            return self._renewal()
        return self._named_date(one) if one.label else self._bare_date(one)

    def _named_date(self, one: Found) -> str | None:
        """A date with words around that say what it is."""
        expects = self.targets.expects
        if one.label in {"end", "no_year"}:
            known = expects("date") or (one.label == "no_year" and self._start_is_open())
            return (self._bare_date(one) if one.label == "end" else "date") if known else None
        person = self._person_of(one)
        if one.label == "since" and person and any(each.kind in _LICENCES for each in person.facts):
            return "experience"
        if one.label == "since":
            return "date" if expects("date") and not expects("experience") else "experience"
        named = _DATE_TYPES.get(one.label)
        if one.label == "ahead":
            return named
        if named == "date" and expects("experience") and not expects("date"):
            return "experience"  # «начал водить 10.06.2012»
        if named == "date" and expects("birth_date") and not expects("date") and one.value is None:
            return "birth_date"
        return named or self._bare_date(one)

    def _bare_date(self, one: Found) -> str | None:
        """A date that only the question and the person around explain."""
        expects = self.targets.expects
        wanted = [kind for kind in ("birth_date", "experience", "date") if expects(kind)]
        old = one.value is None or one.value.year < 2012
        person = self._person_of(one)
        if person and person.name and old and person.facts[0] is not one:
            return "experience" if self._born_before(person, one) else "birth_date"
        if len(wanted) == 1:
            return wanted[0]
        return "birth_date" if old or "birth_date" in wanted else "date"

    def _start_is_open(self) -> bool:
        """No other date was asked for, and the start of the policy is still unknown."""
        starts = self.targets.named("date")
        asked = self.targets.expected_types() & {"birth_date", "experience"}
        return bool(starts) and not asked and starts[0].name not in self.targets.filled

    def _renewal(self) -> str | None:
        """The day after the old policy, when the start is asked for or nobody has told it yet."""
        starts = self.targets.named("date")
        wanted = starts and (
            starts[0].name in self.targets.expected or starts[0].name not in self.targets.filled
        )
        return "date" if wanted else None

    @staticmethod
    def _born_before(person: Person, one: Found) -> bool:
        """The second bare date of a person with a licence is the start of the experience."""
        dates = [each for each in person.facts if each.kind == "date"]
        first = dates[0] if dates else one
        numbers = any(each.kind in {"license", "number10"} for each in person.facts)
        return first is not one and numbers and not first.label and not one.label

    def _person_of(self, one: Found) -> Person | None:
        return next((person for person in self.people if person.holds(one)), None)

    def _number_type(self, one: Found) -> str | None:
        """Ten digits that nothing names: by the question, else a passport next to a name."""
        person = self._person_of(one)
        owner_asked = self.targets.expects("passport")
        if person and person.drives and (person.name or not owner_asked):
            return "license"
        given = {each.kind for each in self.facts if each.label}
        asked = [
            self.targets.slots[name].type
            for name in self.targets.expected
            if name in self.targets.slots
        ]
        open_types = [
            kind for kind in asked if kind in {"passport", "license", "vehicle_document"} - given
        ]
        named_before = any(
            each.kind == "full_name" and each.start < one.start for each in self.facts
        )
        if "passport" in open_types and named_before:
            return "passport"
        if open_types:
            return open_types[0]
        has_name = any(each.kind == "full_name" for each in self.facts)
        if has_name and "passport" not in given:
            return "passport"
        missing = [kind for kind in _TEN_DIGITS if self._is_missing(kind)]
        return missing[0] if len(missing) == 1 else None

    def _is_missing(self, kind: str) -> bool:
        """The sale still needs a document of this type."""
        slots = [slot for slot in self.targets.named(kind) if self._exists(slot)]
        return any(slot.name not in self.targets.filled for slot in slots)

    def _lettered_type(self, one: Found) -> str | None:
        if self.targets.expects("vehicle_document"):
            return "vehicle_document"
        return "license" if self.targets.expects("license") else None

    def _welcome(self, one: Found, slot: SlotDefinition) -> bool:
        """Weak facts (a bare year, a town, a month count) do not overwrite what is known by chance."""
        if slot.name in self.targets.expected or self.correcting:
            return True
        if one.kind == "year" and one.label == "near":
            return slot.name not in self.targets.filled  # «1955 год» may be anybody's
        if one.kind == "year" and not one.label:
            kinds = {each.kind for each in self.facts}
            # with another car the year of the old one is wrong as well
            free = slot.name not in self.targets.filled or "make_model" in kinds
            return free and bool(kinds & {"make_model", "plate"})
        if one.kind == "place":
            return slot.name not in self.targets.filled and not any(
                each.kind == "address" for each in self.facts
            )
        if one.kind in {"make_model", "address"} and one.problem:
            return False
        return one.problem is None or bool(one.label) or one.kind in {"plate", "vin", "email"}

    def _person_slot(
        self, one: Found, candidates: list[SlotDefinition], kind: str
    ) -> SlotDefinition | None:
        asked = any(slot.name in self.targets.expected for slot in candidates)
        if one.problem and not (asked or one.label):
            return None
        spoken = self._spoken_role(one)
        role = (
            spoken
            or self._corrected_role(one)
            or self._open_role(kind)
            or self._driving_role(one, kind)
            or self._expected_role(kind)
            or self._likely_role(one, kind)
        )
        fitting = [slot for slot in candidates if role and slot.name.startswith(f"{role}_")]
        if not fitting and (role is None or kind in _DRIVER_TYPES):
            fitting = candidates
        return fitting[0] if fitting and self._may_change(one, fitting[0], bool(spoken)) else None

    def _corrected_role(self, one: Found) -> str | None:
        """«фио неправильно, Иванков Иван Иванович»: the person whose known name is the likest."""
        if not self.correcting or one.kind != "full_name" or self.targets.expects("full_name"):
            return None
        words = set(str(one.value).lower().split())
        known = {
            role: len(words & set(str(name).lower().split()))
            for role in roles()
            if (name := self.targets.filled.get(f"{role}_full_name"))
        }
        return max(known, key=lambda role: known[role], default=None)

    def _may_change(self, one: Found, slot: SlotDefinition, spoken: bool) -> bool:
        """What is known of a person changes by an answer, a correction or a named fact only."""
        known = self.targets.filled.get(slot.name)
        free = known is None or slot.name in self.targets.expected
        return free or self.correcting or spoken or bool(one.label) or one.kind in _DRIVER_TYPES

    @staticmethod
    def _role_of(slot: SlotDefinition) -> str | None:
        return next((role for role in roles() if slot.name.startswith(f"{role}_")), None)

    def _spoken_role(self, one: Found) -> str | None:
        """The nearest word before the fact that names a role: «водитель: Петров…»."""
        person = self._person_of(one)
        others = [each.end for each in self.people if each is not person and each.end <= one.start]
        return self._role_in(max(others, default=0), one.start)

    def _role_in(self, start: int, end: int) -> str | None:
        before = self.text.flat[start:end].rsplit("\n", 1)[-1]
        best: tuple[int, str] | None = None
        for role, pattern in roles().items():
            for match in pattern.finditer(before):
                if best is None or match.end() > best[0]:
                    best = (match.end(), role)
        return best[1] if best else None

    def _open_role(self, kind: str) -> str | None:
        """Whose fact of this very type was asked for and is not known yet."""
        names = [name for name in self.targets.expected if name not in self.targets.filled]
        slots = [self.targets.slots[name] for name in names if name in self.targets.slots]
        return next((self._role_of(slot) for slot in slots if slot.type == kind), None)

    def _driving_role(self, one: Found, kind: str) -> str | None:
        """A name and a birth date next to a licence or an experience are those of a driver."""
        person = self._person_of(one)
        driver = any(self._role_of(slot) == _DRIVER for slot in self.targets.named(kind))
        return _DRIVER if person and person.name and person.drives and driver else None

    def _expected_role(self, kind: str) -> str | None:
        slots = [
            self.targets.slots[name] for name in self.targets.expected if name in self.targets.slots
        ]
        exact = [self._role_of(slot) for slot in slots if slot.type == kind]
        people = [self._role_of(slot) for slot in slots if slot.type in _PERSON_TYPES]
        # «за рулём собственник?» — «нет, Петрова…»: the name is of the driver
        people += [
            _DRIVER for slot in slots if slot.type == "boolean" and self._role_of(slot) == _DRIVER
        ]
        return next((role for role in [*exact, *people] if role), None)

    def _likely_role(self, one: Found, kind: str) -> str | None:
        """Nobody asked and nobody said: a licence makes a driver, otherwise the first person unknown."""
        person = self._person_of(one)
        driver_only = kind in _DRIVER_TYPES or (
            bool(self.types & _DRIVER_TYPES) and not self.types & {"passport", "address"}
        )
        slots = self.targets.named(kind)
        if driver_only and kind in {"full_name", "birth_date", *_DRIVER_TYPES}:
            chosen = [slot for slot in slots if self._role_of(slot) == _DRIVER]
            if chosen:
                return _DRIVER
        slots = [slot for slot in slots if self._exists(slot)]
        if kind == "birth_date" and not self.types & {"full_name", "passport"}:
            return next((self._role_of(slot) for slot in slots), None)
        # the name decides for the whole person, so that two people are not mixed up in one role
        names = {self._role_of(slot) for slot in self.targets.named("full_name")}
        unknown = {role for role in names if f"{role}_full_name" not in self.targets.filled}
        whole = person is not None and person.name is not None
        free = [
            slot
            for slot in slots
            if slot.name not in self.targets.filled
            and (not whole or self._role_of(slot) in unknown)
        ]
        return next((self._role_of(slot) for slot in [*free, *slots]), None)

    def _exists(self, slot: SlotDefinition) -> bool:
        """Nobody volunteers a policyholder before it is said that there is another one, nor a driver
        when anybody may drive."""
        role = self._role_of(slot)
        question = f"{role}_is_owner"
        if role == _DRIVER and self.targets.filled.get("drivers_unlimited") is True:
            return False
        if role == _DRIVER or question not in self.targets.slots:
            return True
        return self.targets.filled.get(question) is False


def slots_named(
    text: Text, slots: Mapping[str, SlotDefinition]
) -> list[tuple[int, int, SlotDefinition]]:
    """Slots that the words mention by title or alias, the longest mention first at each place."""
    hits = []
    for slot in slots.values():
        for match in pattern_of((slot.title, *slot.aliases)).finditer(text.flat):
            hits.append((match.start(), match.end(), slot))
    hits.sort(key=lambda hit: (-(hit[1] - hit[0]), hit[0]))
    kept: list[tuple[int, int, SlotDefinition]] = []
    for hit in hits:
        if all(
            hit[1] <= other[0] or other[1] <= hit[0] or (hit[0], hit[1]) == (other[0], other[1])
            for other in kept
        ):
            kept.append(hit)
    return kept


def value_in_words(value: Any) -> str:
    """How a stored value looks when a client repeats it («не 2015, а 2016»)."""
    return re.sub(r"[^0-9a-zа-я]", "", str(value).lower())
