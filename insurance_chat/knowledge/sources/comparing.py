"""What has changed between two texts of a document: conditions by name, else passages side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass
from rapidfuzz import fuzz, process

from insurance_chat.knowledge.analysis.conflicts import KnownDocument, find_conflicts
from insurance_chat.knowledge.sources.sameness import Line, lines
from insurance_chat.knowledge.sources.snapshots import Text

MOST_CHANGES = 30
MOST_EDITS = 60
COMPARED = 400  # lines of each side that are looked at for pairs
ALIKE = 55.0  # per cent by which an old line and a new one are the same sentence, changed
LONGEST = 1200  # characters of a line that are kept


@dataclass(frozen=True)
class Change:
    """A condition with another value.

    Args:
        field: «Лимит: по имуществу».
        quote: words of the new text in which the value stands.
        page: of the new text, counted from 1; None where there are no pages.
    """

    field: str
    old: str
    new: str
    quote: str
    page: int | None = None


@dataclass(frozen=True)
class Edit:
    """A passage before and after; `old` is empty for one that is new, `new` for one that is gone."""

    old: str
    new: str
    heading: str = ""
    page: int | None = None


@dataclass(frozen=True)
class Differences:
    """Everything that has changed; `more` counts the passages that were too many to keep."""

    changes: tuple[Change, ...] = ()
    edits: tuple[Edit, ...] = ()
    more: int = 0


DIFFERENCES = TypeAdapter(Differences)


def compare(old: Text, new: Text, day: date) -> Differences:
    """Compare two texts of one document.

    Args:
        old: what is in force.
        new: what was found.
        day: when the new text was found.
    """
    known = KnownDocument("", "", old.analysis)
    changes = tuple(
        Change(one.field, one.old_value, one.new_value, one.new_quote, one.new_page)
        for one in find_conflicts(new.analysis, [known])
    )
    edits = _edits(list(lines(old.pieces, day)), list(lines(new.pieces, day)))
    more = max(len(edits) - MOST_EDITS, 0)
    return Differences(changes[:MOST_CHANGES], tuple(edits[:MOST_EDITS]), more)


def opening(new: Text, day: date) -> Differences:
    """The beginning of a document that nobody has seen yet."""
    found = [_edit(None, line) for line in lines(new.pieces, day)]
    return Differences((), tuple(found[:MOST_EDITS]), max(len(found) - MOST_EDITS, 0))


def _edits(old: Sequence[Line], new: Sequence[Line]) -> list[Edit]:
    """Lines of one side only, a changed one beside what it was; moved lines are no change."""
    before, after = {line.key for line in old}, {line.key for line in new}
    gone = list(_once(line for line in old if line.key not in after))
    come = list(_once(line for line in new if line.key not in before))
    left = dict(enumerate(gone[:COMPARED]))
    out: list[Edit] = []
    for place, line in enumerate(come):
        found = _closest(line, left) if place < COMPARED else None
        out.append(_edit(left.pop(found) if found is not None else None, line))
    out.extend(_edit(line, None) for line in [*left.values(), *gone[COMPARED:]])
    return out


def _closest(line: Line, left: dict[int, Line]) -> int | None:
    choices = {place: other.key for place, other in left.items()}
    found = process.extractOne(line.key, choices, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return int(found[2]) if found else None


def _once(found: Iterable[Line]) -> Iterable[Line]:
    return {line.key: line for line in found}.values()


def _edit(old: Line | None, new: Line | None) -> Edit:
    shown = new or old
    assert shown is not None
    return Edit(
        old.text[:LONGEST] if old else "",
        new.text[:LONGEST] if new else "",
        shown.heading,
        shown.page,
    )
