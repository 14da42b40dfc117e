"""One turn read by rules: from words and state to commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

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
    Unclear,
)
from insurance_chat.dialogue.understanding import quick
from insurance_chat.dialogue.understanding.assignment import Targets
from insurance_chat.dialogue.understanding.extractors.answers import (
    closing_answer,
    opening_answer,
)
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.facts import STRONG, collect_facts
from insurance_chat.dialogue.understanding.near_miss import problem_of
from insurance_chat.dialogue.understanding.own_types import GUESSED, OwnFact, Readers, read_own
from insurance_chat.dialogue.understanding.parts import QUESTION, Part, PartReader
from insurance_chat.dialogue.understanding.patience import patient
from insurance_chat.dialogue.understanding.people import agent_name
from insurance_chat.dialogue.understanding.ports import TurnInput
from insurance_chat.dialogue.understanding.slot_reading import (
    SlotReading,
    phrase_spans,
    spoken_booleans,
)
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.view import View

_DROPPED_IN_HUMAN = {"full_name", "make_model", "place"}
_GO_ON = ("resume", "repeat", "wait")
_START = "start:"
_SURE_QUESTION = 0.5  # for words that have no form of a question
COMPLAINT = re.compile(r"(?<![а-я])(?:жалоб|пожалов|жалова|жалуюсь|претензи)")


class Reading:
    """The understanding of one turn; made for it and thrown away."""

    def __init__(
        self, turn: TurnInput, text: Text, reader: PartReader, readers: Readers | None = None
    ) -> None:
        """`text` holds all unread messages, one a line."""
        self.readers: Readers = readers or {}
        self.own: list[OwnFact] = []
        self.turn = turn
        self.text = text
        self.reader = reader
        self.state = turn.state
        self.greeting = reader.greets(text)
        self.body = text.without([self.greeting]) if self.greeting else text
        self.view = View(turn, text, self.body)
        self.expected = self.view.expected
        self.asked = self.view.asked
        self.facts: list[Found] = []
        self.parts: list[Part] = []
        self.short = False  # a button or a bare yes or no: nothing else was looked at
        self.taken: list[tuple[int, int]] = []  # words that facts, answers and phrases explain

    # ------------------------------------------------------------------ the way through

    def commands(self) -> list[Command]:
        """All commands of the turn in the order to apply them."""
        return patient(self._read(), self.turn.slots, self.state.slots, self.expected)

    def _read(self) -> list[Command]:
        short = (
            quick.pressed(self.view)
            or quick.agent_choice(self.view)
            or quick.only_answer(self.view)
        )
        if short:
            self.short = True
            return short
        running = self._scope([]) if self.state.runs else Targets(self.turn.slots, (), ())
        self.own = read_own(self.readers, self.view, (*running.expected, *running.others))
        sure = [one.span for one in self.own if one.found.label != GUESSED]
        rest = self.body.without(sure) if sure else self.body
        self.facts = collect_facts(rest, self.turn.today, {slot.type for slot in self.asked})
        phrases = spoken_booleans(self.view)
        opening = (
            (opening_answer(self.body) or closing_answer(self.body)) if self._answerable() else None
        )
        taken = [(one.start, one.end) for one in [*self.facts, *phrases.values()]]
        if phrases:
            taken += phrase_spans(self.view)
        taken += [(opening.start, opening.end)] if opening else []
        taken += [self.greeting] if self.greeting else []
        taken += sure
        self.taken = taken
        self.parts = self.reader.read(self.text, taken, busy=bool(self.expected))
        self.facts = [one for one in self.facts if self._relevant(one)]
        return self._gather(phrases, opening)

    def _gather(self, phrases: Mapping[str, Found], opening: Found | None) -> list[Command]:
        starts = list(self._starts())
        scope = self._scope(starts)
        slots = SlotReading(
            self.view, self.facts, self.parts, self._relevant, self._own_facts(starts)
        ).commands(scope, phrases, opening)
        if self.state.runs and any(isinstance(one, ClearSlot) for one in slots):
            starts = []  # «почта не та» corrects, it asks for no letter
        talk = list(self._talk(has_facts=bool(slots)))
        if not starts and not self.state.runs and not talk:
            starts = self._implied_start(slots)
        answered = [one for one in slots if isinstance(one, SetSlot | RejectSlot | ClearSlot)]
        commands: list[Command] = [
            *self._courtesy(),
            *starts,
            *slots,
            *talk,
        ]
        if not answered and not any(
            isinstance(one, StartFlow | RequestHuman | CancelFlow) for one in commands
        ):
            commands += self._near_miss(commands)
        if not commands and phrases and self.state.runs:
            return [Chitchat(topic="ack")]  # known already: «я же и страхователь»
        return _unique(commands) or self._fallback()

    def _own_facts(self, starts: Sequence[StartFlow]) -> list[OwnFact]:
        """Facts of the products' own types, also of a flow that these very words start."""
        if starts:
            own = tuple(slot for one in starts for slot in self.turn.flows[one.flow].collects)
            told = {one.slot.name for one in self.own}
            self.own += [
                one for one in read_own(self.readers, self.view, own) if one.slot.name not in told
            ]
        return [one for one in self.own if self._means(one.found)]

    def _means(self, one: Found) -> bool:
        part = next((part for part in self.parts if part.holds(one)), None)
        if part is not None and one.label == GUESSED:
            return part.label is None and not part.asks
        return self._relevant(one)

    # ------------------------------------------------------------------ what the parts want

    def _answerable(self) -> bool:
        return bool(self.state.offered) or any(slot.type == "boolean" for slot in self.asked)

    def _starts(self) -> Iterator[StartFlow]:
        active = self.state.active.flow if self.state.active else None
        for part in self.parts:
            if part.label and part.label.startswith(_START):
                flow = part.label.removeprefix(_START)
                if flow in self.turn.flows and flow != active:
                    yield StartFlow(flow=flow)

    def _talk(self, has_facts: bool) -> Iterator[Command]:
        for part in self.parts:
            words = self.text.raw(part.segment.start, part.segment.end).strip(" ,.-–—")
            command = self._of_label(part, words, has_facts) if part.label else None
            if command:
                yield command

    def _of_label(self, part: Part, words: str, has_facts: bool) -> Command | None:
        label = str(part.label)
        if label.startswith(_START):
            known = label.removeprefix(_START) in self.turn.flows
            return None if known or not part.asks else AskQuestion(text=words)
        if label == QUESTION:
            return AskQuestion(text=words) if part.asks or part.score >= _SURE_QUESTION else None
        if label == "human":
            reason = "complaint" if COMPLAINT.search(Text(words).flat) else "client_asked"
            return RequestHuman(name=agent_name(Text(words)), reason=reason)
        if label == "cancel":
            return (
                None if has_facts and part.score < 0.99 and self.view.correcting else CancelFlow()
            )
        if label == "inaccuracy":
            return None if has_facts else ReportInaccuracy(text=words)
        if label in {"voice_on", "voice_off"}:
            return SetPreference(name="prefer_voice", value=label == "voice_on")
        return self._small_talk(label, has_facts)

    def _small_talk(self, label: str, has_facts: bool) -> Command | None:
        topic = label.removeprefix("chitchat:")
        if topic in {"affirm", "deny"}:
            return None if has_facts or self.asked else Chitchat(topic="ack")
        if has_facts and topic in {"greeting", "apology", "thanks", *_GO_ON}:
            return None
        if topic in _GO_ON:
            return self._go_on(topic)
        if topic == "greeting" and self.greeting:
            return None
        return Chitchat(topic=topic)

    def _go_on(self, topic: str) -> Command | None:
        """«Продолжим», «повторите», «минуту»: the open question is asked again after a short «хорошо»."""
        if topic != "resume" or self.state.runs:
            return Chitchat(topic="ack" if self.state.runs or topic == "wait" else "capabilities")
        known = set(self.state.slots)
        flows = list(self.turn.flows.values())
        best = max(flows, key=lambda flow: len(known & set(flow.collects)), default=None)
        if best is None or not known & set(best.collects):
            return Chitchat(topic="capabilities")
        return StartFlow(flow=best.name)

    def _courtesy(self) -> list[Command]:
        return [Chitchat(topic="greeting")] if self.greeting else []

    def _relevant(self, one: Found) -> bool:
        """A fact inside a question counts if it identifies somebody, or if the question is for a price."""
        part = next((part for part in self.parts if part.holds(one)), None)
        if part is None:
            return True
        if part.label == "human":
            return one.kind not in _DROPPED_IN_HUMAN
        if not part.asks or (part.label or "").startswith(_START):
            return True
        return one.kind in STRONG or part.label is None

    def _scope(self, starts: Sequence[StartFlow]) -> Targets:
        """The slots of the flows under way and being started; all of them when there is none."""
        names = [run.flow for run in reversed(self.state.runs)] + [start.flow for start in starts]
        flows = [self.turn.flows[name] for name in names if name in self.turn.flows]
        others = tuple(slot for flow in flows for slot in flow.collects)
        if not names:
            others = tuple(self.turn.slots)
        return Targets(self.turn.slots, self.expected, others, self.state.slots)

    # ------------------------------------------------------------------ last resorts

    def _implied_start(self, slots: Sequence[Command]) -> list[StartFlow]:
        """A plate sent out of the blue is the wish to insure the car: the flow that needs most of it."""
        told = {one.slot for one in slots if isinstance(one, SetSlot | RejectSlot)}
        strong = any(
            one.kind in STRONG - {"phone", "email", "number10"} or one.kind == "make_model"
            for one in self.facts
        )
        ranked = sorted(self.turn.flows.values(), key=lambda flow: -len(told & set(flow.collects)))
        if not told or not strong or not ranked or not told & set(ranked[0].collects):
            return []
        return [StartFlow(flow=ranked[0].name)]

    def _near_miss(self, commands: Sequence[Command]) -> list[Command]:
        if any(
            isinstance(one, AskQuestion | Chitchat | SetPreference | ReportInaccuracy)
            for one in commands
        ):
            return []
        if self.state.offered and not self.asked:
            answer = opening_answer(self.body)
            return quick.offer_answer(self.view, bool(answer.value)) if answer else []
        for slot in self.asked[:1]:
            problem = problem_of(self.body, slot)
            if problem:
                return [
                    RejectSlot(slot=slot.name, raw=self.text.source.strip()[:200], problem=problem)
                ]
        return []

    def _fallback(self) -> list[Command]:
        words = self.text.source.strip()
        active = self.state.active
        if active and any(part.label == f"{_START}{active.flow}" for part in self.parts):
            return [Chitchat(topic="ack")]
        if any(part.asks for part in self.parts):
            return [AskQuestion(text=words)]
        return [Unclear(text=words)]


def _unique(commands: Sequence[Command]) -> list[Command]:
    kept: list[Command] = []
    for command in commands:
        if command not in kept:
            kept.append(command)
    return kept
