"""Decides what becomes of a model's proposals: nothing is taken that the client did not write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from insurance_chat.dialogue.commands import (
    AskQuestion,
    CancelFlow,
    Chitchat,
    ClearSlot,
    Command,
    RejectSlot,
    ReportInaccuracy,
    RequestHuman,
    SetPreference,
    SetSlot,
    StartFlow,
)
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.understanding.llm.carrying import completed
from insurance_chat.dialogue.understanding.llm.client_words import ClientWords
from insurance_chat.dialogue.understanding.llm.facts import Dropped, FactJudge
from insurance_chat.dialogue.understanding.llm.proposals import Proposal
from insurance_chat.dialogue.understanding.llm.scope import scope_of
from insurance_chat.dialogue.understanding.llm.wishes import is_wished
from insurance_chat.dialogue.understanding.people import agent_name
from insurance_chat.dialogue.understanding.reading import COMPLAINT, Reading
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.values import meant_boolean

TOPICS: Final = frozenset(
    ("greeting", "thanks", "bye", "who_are_you", "are_you_bot", "how_are_you", "capabilities",
     "abuse", "apology", "ack", "off_topic")
)  # fmt: skip
MOST: Final = 40  # proposals of one turn that are looked at
_LONGEST_QUESTION = 1000


class Judge:
    """Turns the proposals for one turn into commands; `dropped` tells what was not taken and why.

    Args:
        reading: how the rules have read the same words.
        ruled: what the rules make of them.
    """

    def __init__(self, reading: Reading, ruled: Sequence[Command], catalog: Catalog) -> None:
        self.turn = reading.turn
        self.dropped: list[dict[str, Any]] = []
        self._reading = reading
        self._ruled = ruled
        self._catalog = catalog
        self._words = ClientWords(reading.turn.messages)
        self._typed = ClientWords(reading.turn.messages, typed=True)
        self._facts: FactJudge | None = None
        self._judges: dict[str, Callable[[Proposal], Command]] = {
            "start_flow": self._start_flow,
            "clear_slot": self._clear_slot,
            "set_slot": self._set_slot,
            "ask_question": self._ask_question,
            "chitchat": self._chitchat,
            "request_human": self._request_human,
            "report_inaccuracy": self._report_inaccuracy,
            "cancel": self._cancel,
            "set_preference": self._set_preference,
        }

    def commands(self, proposals: Sequence[Proposal]) -> list[Command]:
        """What is taken, in the order to apply it; empty when nothing is."""
        self._drop_all(proposals[MOST:], "too_many")
        proposals = proposals[:MOST]
        starts = self._judged([one for one in proposals if one.do == "start_flow"])
        starting = [one.flow for one in starts if isinstance(one, StartFlow)]
        self._facts = FactJudge(
            self._reading,
            self._ruled,
            scope_of(self.turn, self._catalog, starting),
            self._words,
        )
        others = self._judged([one for one in proposals if one.do != "start_flow"])
        taken = [*starts, *others]
        if not taken:
            return []
        # What a document says waits for a yes, so nothing may follow from it before.
        read = [one for one in taken if isinstance(one, SetSlot) and one.from_document]
        said = [one for one in taken if one not in read]
        whole = completed(said, self._ruled, self._reading) if said else self._ruled
        return sorted([*whole, *read], key=_rank)

    def _judged(self, proposals: Sequence[Proposal]) -> list[Command]:
        taken: list[Command] = []
        for one in proposals:
            judge = self._judges.get(one.do)
            try:
                if judge is None:
                    raise Dropped("unknown_command")
                command = judge(one)
                if command not in self._ruled and not is_wished(command, self._reading):
                    raise Dropped("not_wished")
            except Dropped as refusal:
                self._drop_all([one], refusal.why)
            else:
                if command not in taken:
                    taken.append(command)
        return taken

    def _drop_all(self, proposals: Sequence[Proposal], why: str) -> None:
        for one in proposals:
            what = one.slot or one.flow or one.topic or one.name or ""
            self.dropped.append({"do": one.do[:40], "what": what[:60], "why": why})

    def _quoted(self, one: Proposal) -> str:
        quote = (one.quote or "").strip()
        if not quote or not self._words.hold(quote):
            raise Dropped("not_said")
        if one.do != "set_slot" and not self._typed.hold(quote):
            raise Dropped("not_typed")  # a document states facts, it wants nothing
        return quote

    # ------------------------------------------------------------------ flows and facts

    def _start_flow(self, one: Proposal) -> Command:
        name = one.flow or ""
        if name not in self.turn.flows:
            raise Dropped("unknown_flow")
        if any(run.flow == name for run in self.turn.state.runs):
            raise Dropped("under_way")
        flow = self._catalog.flows.get(name)
        command = StartFlow(flow=name)
        if flow is not None and flow.own_wish and command not in self._ruled:
            raise Dropped("own_words_needed")
        return command

    def _set_slot(self, one: Proposal) -> Command:
        assert self._facts is not None
        return self._facts.taken(one, self._quoted(one))

    def _clear_slot(self, one: Proposal) -> Command:
        assert self._facts is not None
        self._quoted(one)
        return self._facts.cleared(one)

    # ------------------------------------------------------------------ talk

    def _ask_question(self, one: Proposal) -> Command:
        text = self._quoted(one)[:_LONGEST_QUESTION]
        whole = " ".join((one.value or "").split())[:_LONGEST_QUESTION]
        return AskQuestion(text=text, search="" if whole == text else whole)

    def _chitchat(self, one: Proposal) -> Command:
        if one.topic not in TOPICS:
            raise Dropped("unknown_topic")
        return Chitchat(topic=str(one.topic))

    def _request_human(self, one: Proposal) -> Command:
        quote = self._quoted(one)
        for command in self._ruled:
            if isinstance(command, RequestHuman) and (command.name or not one.name):
                return command
        name = agent_name(Text(quote))
        if name is None and one.name and self._words.name(one.name):
            name = one.name.strip()[:80]
        reason = "complaint" if COMPLAINT.search(Text(quote).flat) else "client_asked"
        return RequestHuman(name=name, reason=reason)

    def _report_inaccuracy(self, one: Proposal) -> Command:
        return ReportInaccuracy(text=self._quoted(one))

    def _cancel(self, one: Proposal) -> Command:
        self._quoted(one)
        return CancelFlow()

    def _set_preference(self, one: Proposal) -> Command:
        self._quoted(one)
        value = meant_boolean(one.value or "")
        if one.name != "prefer_voice" or value is None:
            raise Dropped("unknown_preference")
        return SetPreference(name="prefer_voice", value=value)


def _rank(command: Command) -> int:
    """The order in which the rules give commands: courtesy, flows, facts, talk."""
    if isinstance(command, Chitchat) and command.topic == "greeting":
        return 0
    if isinstance(command, StartFlow):
        return 1
    if isinstance(command, ClearSlot):
        return 2
    return 3 if isinstance(command, SetSlot | RejectSlot) else 4
