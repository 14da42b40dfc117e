"""Which document a text is, and the values that stand under its labels. Pure; no instruction is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from insurance_chat.dialogue.papers.kinds import WHO, Paper, PaperField, slots_of
from insurance_chat.dialogue.papers.mrz import read_zone
from insurance_chat.dialogue.papers.page import Page
from insurance_chat.dialogue.papers.values import TEN, checked, read
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.plate import find_plates
from insurance_chat.dialogue.understanding.extractors.vin import find_vins
from insurance_chat.dialogue.understanding.own_types import Readers, Wanted
from insurance_chat.dialogue.understanding.text import Text

MARKS_NEEDED = 2
_BEFORE = 40
_FORMS = {"plate": find_plates, "vin": find_vins}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a document says.

    Args:
        values: by the name of the field's slot (with `{who}` in it where the role is not known).
        unread: slots whose label is there and whose value could not be read.
    """

    paper: Paper
    values: Mapping[str, Any] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def recognise(page: Page, papers: Iterable[Paper]) -> Paper | None:
    """The kind of a document: by the heading that stands first, else by two usual marks."""
    candidates = list(papers)
    best: tuple[int, Paper] | None = None
    for paper in candidates:
        places = [place[0] for name in paper.names if (place := page.place(name))]
        if places and (best is None or min(places) < best[0]):
            best = (min(places), paper)
    if best is not None:
        return best[1]
    counted = [(sum(page.place(m) is not None for m in paper.marks), paper) for paper in candidates]
    counted = [one for one in counted if one[0] >= MARKS_NEEDED]
    return max(counted, key=lambda one: one[0])[1] if counted else None


def take(
    page: Page,
    paper: Paper,
    slots: Mapping[str, SlotDefinition],
    today: date,
    readers: Readers,
) -> Taken:
    """Everything that the document says in a form that the slots accept.

    Args:
        readers: of the types of slots that products bring along.
    """
    eye = _Eye(page, today, readers)
    values: dict[str, Any] = {}
    unread: list[str] = []
    stops = {label for one in paper.fields for label in one.all_labels} | set(paper.stops)
    for one in paper.fields:
        slot = _slot_of(one, paper, slots)
        if slot is None or one.slot in values:
            continue
        value, labelled = eye.value(one, slot, stops)
        if value is not None:
            values[one.slot] = value
        elif labelled:
            unread.append(one.slot)
    _from_zone(page, paper, values, slots, today)
    missing = tuple(name for name in dict.fromkeys(unread) if name not in values)
    return Taken(paper, values, missing)


def _slot_of(
    one: PaperField, paper: Paper, slots: Mapping[str, SlotDefinition]
) -> SlotDefinition | None:
    """Any of its slots: they have the same type, whoever the person is."""
    return next((slots[name] for name in slots_of(one, paper.who) if name in slots), None)


class _Eye:
    """Looks up values on one page."""

    def __init__(self, page: Page, today: date, readers: Readers) -> None:
        self._page = page
        self._today = today
        self._readers = readers

    def value(self, one: PaperField, slot: SlotDefinition, stops: set[str]) -> tuple[Any, bool]:
        """The value of a field, and whether its label is there."""
        if one.parts:
            pieces = [self._piece(labels, stops, one.lines) for labels in one.parts]
            whole = " ".join(piece for piece in pieces if piece)
            return (self._read(whole, one, slot) if whole else None), bool(pieces[0])
        starts: set[int] = set()  # the longest label at a place is the real one
        for label in one.all_labels:
            for start, end in self._page.pieces(label):
                if start in starts or self._other(start, one):
                    continue
                starts.add(start)
                piece = self._page.after(end, stops - {label}, one.lines)
                value = self._read(piece, one, slot) if piece else None
                if value is not None:
                    return value, True
        return (self._anywhere(one, slot) if one.anywhere else None), bool(starts)

    def _read(self, piece: str, one: PaperField, slot: SlotDefinition) -> Any | None:
        return read(piece, slot, one.look, self._today, self._readers)

    def _piece(self, labels: Iterable[str], stops: set[str], lines: int) -> str:
        for label in labels:
            for _, end in self._page.pieces(label)[:2]:
                if piece := self._page.after(end, stops - {label}, lines):
                    return piece
        return ""

    def _other(self, start: int, one: PaperField) -> bool:
        before = self._page.low[max(0, start - _BEFORE) : start].rpartition("\n")[2]
        return any(words.lower().replace("ё", "е") in before for words in one.but_not)

    def _anywhere(self, one: PaperField, slot: SlotDefinition) -> Any | None:
        finder, own = _FORMS.get(slot.type), self._readers.get(slot.type)
        text = Text(self._page.text)
        if own is not None:
            wanted = Wanted(slot, asked=False, alone=False, known=None, today=self._today)
            return next((each.value for each in own(text, wanted) if not each.problem), None)
        if finder is not None:
            found = [each.value for each in finder(text) if not each.problem]
            right = list(dict.fromkeys(found))
            return checked(right[0], slot, self._today) if len(right) == 1 else None
        for match in TEN.finditer(self._page.text):
            if not self._other(match.start(), one):
                value = self._read(match.group(), one, slot)
                if value is not None:
                    return value
        return None


def _from_zone(
    page: Page,
    paper: Paper,
    values: dict[str, Any],
    slots: Mapping[str, SlotDefinition],
    today: date,
) -> None:
    """The machine-readable lines of a passport are surer than what stands above them."""
    names = {one.slot: _slot_of(one, paper, slots) for one in paper.fields}
    passport = next((n for n, slot in names.items() if slot and slot.type == "passport"), None)
    zone = read_zone(page.text, today) if passport and WHO in passport else None
    if passport is None or zone is None:
        return
    values[passport] = zone.passport
    for name, slot in names.items():
        if slot is not None and slot.type == "birth_date":
            born = checked(zone.born, slot, today)
            values.update({name: born} if born else {})
