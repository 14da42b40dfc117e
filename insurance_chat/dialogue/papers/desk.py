"""What becomes of documents in a turn: their values are shown, and wait for the client's yes.

Values wait in `DialogueState.heard`, as those that were heard do, and `DialogueState.read` tells out of
which document they come. Pure: texts and state in, state and words out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from insurance_chat.dialogue.commands import Chitchat, Command, SetSlot, StartFlow
from insurance_chat.dialogue.effects import Say
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.papers.extraction import Taken, recognise, take
from insurance_chat.dialogue.papers.kinds import WHO, Paper, ProductPapers
from insurance_chat.dialogue.papers.page import Page
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.understanding.more_drivers import same_name
from insurance_chat.dialogue.understanding.own_types import Readers

LONGEST_DOCUMENT = 3000  # letters that an understanding is shown
READ_FACTS = "read_facts"
_SUM = re.compile(r"\d{1,12}(?:\.\d+)?")
_NAME = "full_name"


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file of an unread message.

    Args:
        message: public id of the message.
        text: what could be read; empty when `why` says why not.
    """

    message: UUID
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """The files of a turn.

    Args:
        taken: what the documents among them say.
        unread: how many could not be read.
        unknown: how many are no document that is known.
        aside: titles of documents that nothing under way needs.
        texts: what an understanding may be shown, by message.
    """

    taken: tuple[Taken, ...] = ()
    unread: int = 0
    unknown: int = 0
    aside: tuple[str, ...] = ()
    texts: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """No file was looked at."""
        return not (self.taken or self.unread or self.unknown or self.aside)


class PaperDesk:
    """Takes facts out of documents.

    Args:
        shelves: what each product takes, in the order of products.
        catalog: flows and slots.
        readers: of the types of slots that products bring along.
        shows: how values of such types are shown.
    """

    def __init__(
        self,
        shelves: Sequence[ProductPapers],
        catalog: Catalog,
        readers: Readers | None = None,
        shows: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        self._shelves = shelves
        self._catalog = catalog
        self._readers = readers or {}
        self._shows = shows or {}

    def look(self, files: Sequence[FileRead], state: DialogueState, today: date) -> Looked:
        """Tell what the files of a turn are and what stands in them."""
        if not files:
            return Looked()
        wanted = self._wanted(state)
        taken: list[Taken] = []
        texts: dict[UUID, str] = {}
        unread = unknown = 0
        aside: list[str] = []
        for one in files:
            page = Page(one.text)
            paper = recognise(page, wanted) if page.text else None
            other = None if paper else recognise(page, self._all()) if page.text else None
            if one.why or not page.text:
                unread += 1
            elif paper is not None:
                taken.append(take(page, paper, self._catalog.slots, today, self._readers))
            elif other is not None:
                aside.append(other.title)
            else:
                unknown += 1
            if paper is not None and paper.leaves:
                texts[one.message] = (texts.get(one.message, "") + page.text)[:LONGEST_DOCUMENT]
        return Looked(tuple(taken), unread, unknown, tuple(dict.fromkeys(aside)), texts)

    def hold(self, state: DialogueState, commands: Sequence[Command]) -> list[Command]:
        """Keep back what a model found in a document: it waits as everything that was read does."""
        kept: list[Command] = []
        for command in commands:
            if isinstance(command, SetSlot) and command.from_document:
                if not _same(state.slots.get(command.slot), command.value):
                    self._wait(state, command.slot, command.value, "документ")
            else:
                kept.append(command)
        return kept

    def propose(
        self, state: DialogueState, looked: Looked, commands: Sequence[Command]
    ) -> list[Say]:
        """Let what was read wait for a yes; returns what is to be said besides the question.

        Args:
            commands: of the client's own words; they are used at once, and a document that says
                something else is asked about.
        """
        said = {one.slot: one.value for one in commands if isinstance(one, SetSlot)}
        says = self._dropped(state, commands)
        self.tidy(state)
        for taken in looked.taken:
            says += self._one(state, taken, said)
        if looked.aside:
            says.append(Say("paper_aside", {"titles": list(looked.aside)}))
        if looked.unread:
            says.append(Say("paper_unread", {"many": looked.unread > 1}))
        if looked.unknown:
            says.append(Say("paper_unknown", {"many": looked.unknown > 1}))
        return says

    @staticmethod
    def asked(state: DialogueState) -> DialogueState:
        """The state as the client sees it: asked is whether the reading is right, and nothing else.

        Words that only the question of the flow would explain say nothing then («нет, остаток другой»).
        """
        waits = any(name in state.heard for name in state.read)
        return state.model_copy(update={"expects": []}) if waits else state

    @staticmethod
    def tidy(state: DialogueState) -> None:
        """Forget out of which document values came that wait no more."""
        state.read = {name: paper for name, paper in state.read.items() if name in state.heard}

    @staticmethod
    def _dropped(state: DialogueState, commands: Sequence[Command]) -> list[Say]:
        """The client said no to what was read."""
        refused = bool(state.read) and not any(name in state.heard for name in state.read)
        only_no = all(isinstance(one, Chitchat) for one in commands)
        return [Say("read_dropped")] if refused and only_no else []

    def confirmed(self, state: DialogueState, settled: Sequence[Command]) -> list[Command]:
        """What a yes means: the facts, where they came from, and the flow that they belong to.

        The slot `READ_FACTS` keeps what a paper says of a thing, so that a register does not replace
        what the client has confirmed by it; facts about people are not copied there.
        """
        slots = self._catalog.slots
        facts = {
            one.slot: one.value
            for one in settled
            if isinstance(one, SetSlot) and one.slot in state.read and one.slot in slots
        }
        things = {name: value for name, value in facts.items() if not slots[name].sensitive}
        if not facts:
            # `propose` answers a no; outside of any sale somebody has to have spoken.
            return [] if state.read and state.runs and not state.heard else list(settled)
        note = SetSlot(slot=READ_FACTS, value=things)
        return [*self.start_for(state, settled), *settled, *([note] if things else [])]

    def start_for(self, state: DialogueState, commands: Sequence[Command]) -> list[Command]:
        """The flow that confirmed values belong to, when nothing is under way."""
        if state.runs:
            return []
        told = {one.slot for one in commands if isinstance(one, SetSlot)}
        best = max(self._shelves, key=lambda one: len(told & one.slots()), default=None)
        if best is None or not told & best.slots() or best.flow not in self._catalog.flows:
            return []
        return [StartFlow(flow=best.flow)]

    def question(self, state: DialogueState) -> Say | None:
        """«Прочитал в документе: …. Верно?», None when nothing that was read waits."""
        slots = self._catalog.slots
        waiting = {name: state.heard[name] for name in state.read if name in state.heard}
        values = [
            {
                "title": slots[name].title,
                "value": self._shown(name, value),
                "before": self._before(state, name),
            }
            for name, value in waiting.items()
            if name in slots
        ]
        if not values:
            return None
        papers = list(dict.fromkeys(state.read[name] for name in waiting))
        starts = self.start_for(state, [SetSlot(slot=n, value=v) for n, v in waiting.items()])
        flow = self._catalog.flows[starts[0].flow].title if starts else ""  # type: ignore[union-attr]
        return Say(
            "read_check",
            {"facts": values, "papers": papers, "flow": flow},
            amounts=tuple(_sums(state, waiting)),
            quick_replies=(
                {"title": "Да, верно", "value": "да"},
                {"title": "Нет, исправлю", "value": "нет"},
            ),
        )

    def _shown(self, name: str, value: Any) -> str:
        show = self._shows.get(self._catalog.slots[name].type)
        return show(str(value)) if show is not None else shown(value)

    def _before(self, state: DialogueState, name: str) -> str:
        old = state.slots.get(name)
        return "" if old is None else self._shown(name, old)

    # ------------------------------------------------------------------ one document

    def _one(self, state: DialogueState, taken: Taken, said: Mapping[str, Any]) -> list[Say]:
        who = _who(state, taken)
        named = {name.replace(WHO, who): value for name, value in taken.values.items()}
        named = {name: value for name, value in named.items() if name in self._catalog.slots}
        known = {**state.slots, **said}
        new = {name: v for name, v in named.items() if not _same(known.get(name), v)}
        for name, value in new.items():
            self._wait(state, name, value, taken.paper.title)
        unread = [
            self._catalog.slots[name].title
            for name in (one.replace(WHO, who) for one in taken.unread)
            if name in self._catalog.slots and name not in {*known, *state.heard}
        ]
        values = {"paper": taken.paper.title, "titles": unread}
        if not named:
            return [Say("paper_poor", values)]
        if not new:
            return [Say("paper_same", values)]
        return [Say("paper_partly", values)] if unread else []

    def _wait(self, state: DialogueState, name: str, value: Any, paper: str) -> None:
        if name in state.heard:
            return  # two documents differ: the first one is asked about
        state.heard[name] = value
        state.read[name] = paper

    def _wanted(self, state: DialogueState) -> list[Paper]:
        """Documents of what is under way; of everything when that needs none."""
        flows = {run.flow for run in state.runs}
        of_runs = [shelf for shelf in self._shelves if shelf.flow in flows]
        return [paper for shelf in of_runs or self._shelves for paper in shelf.papers]

    def _all(self) -> list[Paper]:
        return [paper for shelf in self._shelves for paper in shelf.papers]


def _who(state: DialogueState, taken: Taken) -> str:
    """Whose document it is: of the person with that name, of the one asked about, of the next one."""
    roles = taken.paper.who
    if not roles:
        return ""
    known = {**state.slots, **state.heard}
    name = taken.values.get(f"{WHO}_{_NAME}")
    for role in roles:
        if name and same_name(str(name), known.get(f"{role}_{_NAME}")):
            return role
    for role in roles:
        if any(asked.startswith(f"{role}_") for asked in state.expects):
            return role
    free = [role for role in roles if known.get(f"{role}_{_NAME}") is None]
    return (free or list(roles))[0]


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and "text" in new:
        return str(old.get("text")).lower() == str(new["text"]).lower()
    if isinstance(old, str) and isinstance(new, str):
        return old.lower().replace("ё", "е") == new.lower().replace("ё", "е")
    return bool(old == new)


def _sums(state: DialogueState, waiting: Mapping[str, Any]) -> list[Decimal]:
    """Numbers that the question may show as sums: they are in the client's own document."""
    told = [*waiting.values(), *(state.slots.get(name) for name in waiting)]
    return [Decimal(one) for one in map(str, told) if _SUM.fullmatch(one)]


def shown(value: Any) -> str:
    """A value as the client checks it against the paper."""
    if isinstance(value, Mapping):
        if "text" in value:
            return str(value["text"])
        return " ".join(_plain(str(part)) for key, part in value.items() if part and key != "type")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return _plain(str(value))


def _number(value: float) -> str:
    if float(value).is_integer():
        return f"{int(value):,}".replace(",", " ") if abs(value) >= 10_000 else str(int(value))
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(",00", "")


def _plain(value: str) -> str:
    if len(value) == 10 and value[4:].isdigit() and value[:2].isdigit():
        return f"{value[:4]} {value[4:]}"
    parts = value.split("-")
    if len(value) == 10 and len(parts) == 3 and len(parts[0]) == 4 and all(map(str.isdigit, parts)):
        return ".".join(reversed(parts))
    return value
