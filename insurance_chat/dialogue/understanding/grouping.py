"""Which facts of one message speak of the same person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from insurance_chat.dialogue.understanding.extractors.found import Found

_OF_PEOPLE = frozenset(
    {"full_name", "date", "passport", "address", "license", "experience", "number10", "lettered"}
)
_NUMBERS = frozenset({"license", "passport", "number10", "lettered"})
_DRIVES = frozenset({"license", "experience"})
_OWNS = frozenset({"passport", "address"})


@dataclass
class Person:
    """Facts of one person in the order of the words."""

    facts: list[Found] = field(default_factory=list)

    @property
    def name(self) -> str | None:
        """Full name as it was read, None when it was not told."""
        return next((str(one.value) for one in self.facts if one.kind == "full_name"), None)

    @property
    def end(self) -> int:
        """Where the last fact of the person ends."""
        return self.facts[-1].end

    @property
    def drives(self) -> bool:
        """A licence or an experience stands next to the name, and nothing that only an owner has."""
        kinds = {one.kind for one in self.facts}
        experience = any(one.label in {"experience", "since"} for one in self.facts)
        return (bool(kinds & _DRIVES) or experience) and not kinds & _OWNS

    def holds(self, one: Found) -> bool:
        """The fact is about this person."""
        return any(one is each for each in self.facts)


def people_of(facts: Sequence[Found]) -> list[Person]:
    """A second full name opens the next person; so does a name before the second licence."""
    own = [one for one in facts if one.kind in _OF_PEOPLE and one.label not in {"start", "ahead"}]
    people: list[Person] = []
    for at, one in enumerate(own):
        opens = one.kind == "full_name" and people and _complete(people[-1], own[at + 1 :])
        if not people or opens:
            people.append(Person())
        people[-1].facts.append(one)
    return people


def _complete(person: Person, following: Sequence[Found]) -> bool:
    if person.name is not None:
        return True
    rest = []
    for one in following:
        if one.kind == "full_name":
            break
        rest.append(one.kind)
    given = {one.kind for one in person.facts} & _NUMBERS
    return bool(given & set(rest) & {"license", "number10"})
