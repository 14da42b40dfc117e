"""The facts, answers, corrections and choices of one turn as commands about slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from insurance_chat.dialogue.commands import ClearSlot, Command, RejectSlot, SetSlot
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding import corrections, more_drivers
from insurance_chat.dialogue.understanding.assignment import Assignment, Targets
from insurance_chat.dialogue.understanding.extractors.answers import phrase_answer
from insurance_chat.dialogue.understanding.extractors.choices import find_choice
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.facts import collect_facts
from insurance_chat.dialogue.understanding.myself import myself_at_the_wheel, same_person
from insurance_chat.dialogue.understanding.near_miss import BARE_TYPES, NO_PLATE, bare_value
from insurance_chat.dialogue.understanding.own_types import OwnFact
from insurance_chat.dialogue.understanding.parts import Part
from insurance_chat.dialogue.understanding.renaming import renamed_person
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.validation import check
from insurance_chat.dialogue.understanding.view import View
from insurance_chat.dialogue.understanding.vocabulary import pattern_of

_SAME = re.compile(
    r"(?:адрес|прописк|прописан|регистрац|зарегистрирован|живем|проживаем|место)\w*(?: \w+){0,2} (?:тот|там|та|то|такой|вместе|одинаков\w+)(?: же)?(?![а-я])"
    r"|(?:тот|такой|тому|та) же (?:самый )?(?:адрес|прописк|регистрац)|(?:прописан\w?|живем|зарегистрирован\w?) (?:вместе|там же)|(?:^|[\s,])там же"
)
_PLAIN_WORDS = 8  # letters: «собственник не я» overrules an earlier yes, «все» does not
Spans = list[tuple[int, int]]


def _in_reach(view: View) -> list[str]:
    """Slots of the flows under way, all of them when there is none: «в собственности» is no OSAGO fact."""
    flows = [view.turn.flows[run.flow] for run in view.state.runs if run.flow in view.turn.flows]
    reach = {slot for flow in flows for slot in flow.collects}
    return [name for name in view.turn.slots if name in reach or not view.state.runs]


def _boolean_slots(view: View) -> list[SlotDefinition]:
    names = [*view.expected, *(name for name in _in_reach(view) if name not in view.expected)]
    slots = [view.turn.slots[name] for name in names]
    return [
        slot
        for slot in slots
        if slot.type == "boolean" and (slot.volunteer or slot.name in view.expected)
    ]


_SENTENCE_END = re.compile(r"[.!?;\n]")
_DOUBT = re.compile(
    r"(?<![а-я])(?:не (?:уверен|знаю|думаю|факт|понимаю)|сомнева|вряд ли|если|проверю|проверяю|подумаю)"
)


def spoken_booleans(view: View) -> dict[str, Found]:
    """Slots whose own phrases are in the text; a single short word counts only as an answer."""
    found = {}
    for slot in _boolean_slots(view):
        one = phrase_answer(view.body, slot.yes, slot.no)
        if one is None or (one.value and not slot.volunteer and _doubted(view.body, one)):
            continue
        words = view.body.flat[one.start : one.end]
        alone = words == view.body.flat.strip(" .,!\n") and _drivers_asked(view, slot)
        if slot.name in view.expected or " " in words or len(words) >= 9 or alone:
            found[slot.name] = one
    return found | _absences(view)


def _doubted(text: Text, answer: Found) -> bool:
    """«Не уверена, что всё правильно», «оформляете?»: the sentence asks or doubts, it agrees to nothing."""
    start = max(text.flat.rfind(sign, 0, answer.start) for sign in ".!?;\n") + 1
    end = _SENTENCE_END.search(text.flat, answer.end)
    sentence = text.flat[start : end.end() if end else len(text.flat)]
    return sentence.endswith("?") or _DOUBT.search(sentence) is not None


def phrase_spans(view: View) -> Spans:
    """Where any phrase of a boolean slot stands, so that no wish is read into the same words."""
    spans: Spans = []
    for slot in _boolean_slots(view):
        for match in pattern_of((*slot.yes, *slot.no)).finditer(view.body.flat):
            if " " in match.group():
                spans.append(match.span())
    return spans


def _drivers_asked(view: View, slot: SlotDefinition) -> bool:
    """«Кто будет водить?» — «я» answers all the slots about drivers."""
    return slot.name.startswith("driver") and any(
        name.startswith("driver") for name in view.expected
    )


def _absences(view: View) -> dict[str, Found]:
    """«Номеров пока нету» is the yes to `no_plate`, in any words, when the plate was asked for."""
    for slot in view.asked:
        absent = f"no_{slot.name}"
        match = NO_PLATE.search(view.body.flat) if slot.type == "plate" else None
        if match and absent in view.turn.slots:
            return {absent: Found("boolean", match.start(), match.end(), True, None, "phrase")}
    return {}


class SlotReading:
    """Turns what was found in a message into commands about slots."""

    def __init__(
        self,
        view: View,
        facts: Sequence[Found],
        parts: Sequence[Part],
        relevant: Callable[[Found], bool],
        own: Sequence[OwnFact] = (),
    ) -> None:
        """`relevant` tells whether a span may be taken as a fact where it stands; `own` is decided."""
        self.own = own
        self.view = view
        self.facts = facts
        self.parts = parts
        self._relevant = relevant

    def commands(
        self, scope: Targets, phrases: Mapping[str, Found], opening: Found | None
    ) -> list[Command]:
        """Set, reject and clear commands. `phrases` and `opening` are the yes and no that were found."""
        correcting = self.view.correcting
        facts = self._fact_commands(scope, phrases, correcting)
        facts += [self._set(one.slot, one.found) for one in self.own]
        cleared: list[Command] = []
        denied = (
            any(self._denied(one) for one in self.facts) and "make_model" in self.view.turn.slots
        )
        if denied and "make_model" in self.view.state.slots and not facts:
            cleared = [ClearSlot(slot="make_model")]
        elif not facts:
            cleared = [
                ClearSlot(slot=slot.name)
                for slot in corrections.cleared_slots(
                    self.view.body, self.view.state.slots, self.view.turn.slots, self.facts
                )
                if slot.type not in {"boolean", "choice"}
                and not any(part.asks for part in self.parts)
            ]
        changes = cleared or any(
            isinstance(one, SetSlot) and one.slot in self.view.state.slots for one in facts
        )
        booleans = self._boolean_commands(scope, phrases, opening, bool(changes), facts)
        choice = [] if facts or cleared else self._choice_commands()
        people = myself_at_the_wheel([*booleans, *facts], phrases, self.view)
        return [*cleared, *same_person(people, self.view), *choice]

    def _boolean_commands(
        self,
        scope: Targets,
        phrases: Mapping[str, Found],
        opening: Found | None,
        changes: bool,
        facts: Sequence[Command],
    ) -> list[Command]:
        commands: list[Command] = []
        if any(part.label in {"cancel", "human"} for part in self.parts):
            opening = None
        first = next((slot for slot in self.view.asked if slot.type == "boolean"), None)
        if opening and opening.value is False and facts and first is not self.view.asked[0]:
            opening = (
                None  # «нет, полный адрес …» in a list of questions corrects, it denies nothing
            )
        if first and first.name not in phrases and opening and not changes:
            commands.append(SetSlot(slot=first.name, value=bool(opening.value)))
        elif first and first.name not in phrases and self._sent_to(first, facts):
            commands.append(SetSlot(slot=first.name, value=True))
        for name, one in phrases.items():
            slot = self.view.turn.slots[name]
            if name in self.view.expected and changes and not slot.volunteer:
                continue
            if name in self.view.expected or self._volunteered(name, one, scope):
                commands.append(SetSlot(slot=name, value=bool(one.value)))
        return commands

    def _sent_to(self, slot: SlotDefinition, facts: Sequence[Command]) -> bool:
        """«Отправить на почту?» — «petya@mail.ru»: the address is the yes to `send_email`.

        In a question («кто такие a@b.ru?») it is not.
        """
        if any(part.asks for part in self.parts):
            return False
        told = {one.slot for one in facts if isinstance(one, SetSlot)}
        return slot.name.startswith("send_") and slot.name.removeprefix("send_") in told

    def _volunteered(self, name: str, one: Found, scope: Targets) -> bool:
        known = self.view.state.slots.get(name)
        changed = self.view.correcting or one.end - one.start >= _PLAIN_WORDS
        fresh = known is None or (known != one.value and changed)
        return name in scope.others and fresh and self._relevant(one)

    def _fact_commands(
        self, scope: Targets, phrases: Mapping[str, Found], correcting: bool
    ) -> list[Command]:
        rejected = corrections.rejected_spans(self.view.body)
        facts = [
            one
            for one in self.facts
            if not any(a <= one.start < b for a, b in rejected) and not self._denied(one)
        ]
        text = self.view.body.without([(one.start, one.end) for one in phrases.values()])
        drives = phrases.get("driver_is_owner")
        assignment = Assignment(
            text, facts, scope, correcting, owner_drives=bool(drives and drives.value)
        )
        chosen: dict[str, Command] = {}
        for one in facts:
            slot = assignment.slot_for(one)
            if slot is None or (slot.name in chosen and not self._better(chosen[slot.name], one)):
                continue
            chosen[slot.name] = self._set(slot, one)
        self._region_of_address(scope, facts, chosen)
        if not chosen:
            self._replaced(chosen)
        if not chosen:
            self._renamed(chosen)
        self._same_address(chosen)
        self._bare(chosen)
        view = self.view
        more = more_drivers.commands_for(
            assignment.waiting,
            assignment.type_of,
            view.turn.slots,
            view.state.slots,
            view.turn.today,
            asked=more_drivers.ASKED_SLOT in view.expected,
        )
        return [*chosen.values(), *more]

    def _denied(self, one: Found) -> bool:
        """«Нет, не лада»: the car is named to say that it is another one."""
        before = self.view.body.flat[max(0, one.start - 4) : one.start]
        return one.kind == "make_model" and before.endswith("не ")

    @staticmethod
    def _better(old: Command, one: Found) -> bool:
        return isinstance(old, RejectSlot) and one.problem is None

    def _set(self, slot: SlotDefinition, one: Found) -> Command:
        value, problem = check(one, slot, self.view.turn.today)
        if problem:
            return RejectSlot(
                slot=slot.name, raw=self.view.text.raw(one.start, one.end), problem=problem
            )
        return SetSlot(slot=slot.name, value=value)

    def _region_of_address(
        self, scope: Targets, facts: Sequence[Found], chosen: dict[str, Command]
    ) -> None:
        """Somebody who was asked for a town and gave the whole address has answered."""
        slot = next((slot for slot in self.view.asked if slot.type == "region"), None)
        address = next((one for one in facts if one.kind == "address" and one.value), None)
        if slot and address and slot.name not in chosen:
            place = address.value.get("city") or address.value.get("region")
            if place:
                chosen[slot.name] = SetSlot(slot=slot.name, value=place)

    def _replaced(self, chosen: dict[str, Command]) -> None:
        pair = corrections.replaced_slot(
            self.view.body, self.view.state.slots, self.view.turn.slots
        )
        if pair is None:
            return
        slot, words = pair
        fresh = Text(words)
        facts = collect_facts(fresh, self.view.turn.today, {slot.type})
        targets = Targets({slot.name: slot}, (slot.name,), ())
        one = next(
            (one for one in facts if Assignment(fresh, facts, targets, True).slot_for(one)), None
        )
        one = one or bare_value(fresh, slot, self.view.turn.today)
        if one:
            value, problem = check(one, slot, self.view.turn.today)
            rejected = RejectSlot(slot=slot.name, raw=words.strip(), problem=problem or "")
            chosen[slot.name] = rejected if problem else SetSlot(slot=slot.name, value=value)

    def _same_address(self, chosen: dict[str, Command]) -> None:
        """«Адрес тот же» for a second person is the address of the first."""
        slots = self.view.state.slots
        roles = {name.split("_")[0] for name in [*self.view.expected, *chosen]}
        open_ones = [
            slot
            for slot in self.view.turn.slots.values()
            if slot.type == "address"
            and slot.name not in slots
            and slot.name.split("_")[0] in roles
        ]
        known = [
            slots[slot.name]
            for slot in self.view.turn.slots.values()
            if slot.type == "address" and slots.get(slot.name)
        ]
        if (
            known
            and open_ones
            and open_ones[0].name not in chosen
            and _SAME.search(self.view.body.flat)
        ):
            chosen[open_ones[0].name] = SetSlot(slot=open_ones[0].name, value=known[0])

    def _renamed(self, chosen: dict[str, Command]) -> None:
        """«ошибка в отчестве, Викентьевич»: one word of a known name."""
        renamed = renamed_person(self.view.body, self.view.state.slots, self.view.turn.slots)
        if renamed:
            chosen[renamed[0]] = SetSlot(slot=renamed[0], value=renamed[1])

    def _bare(self, chosen: dict[str, Command]) -> None:
        """A number alone answers the first question that wants one; in a list, the only one open."""
        answered = any(name in chosen for name in self.view.expected)
        year_told = any(
            slot.type == "integer" and slot.name in chosen for slot in self.view.turn.slots.values()
        )
        used: Spans = [
            (one.start, one.end) for one in self.facts if year_told or one.kind != "year"
        ]
        text = self.view.body.without([*used, *phrase_spans(self.view)])
        if any(part.label and part.label != "affirm" for part in self.parts):
            return
        wanted = [
            slot for slot in self.view.asked if slot.name not in chosen and slot.type in BARE_TYPES
        ]
        if answered and len(wanted) != 1:
            return
        for slot in wanted:
            one = bare_value(text, slot, self.view.turn.today)
            if one and not (answered and check(one, slot, self.view.turn.today)[1]):
                chosen[slot.name] = self._set(slot, one)
                return

    def _choice_commands(self) -> list[Command]:
        for slot in self.view.asked:
            if slot.type != "choice" or any(part.asks and part.score >= 0.5 for part in self.parts):
                continue
            one = find_choice(self.view.body, self.view.options(slot))
            if one and one.problem:
                return [
                    RejectSlot(
                        slot=slot.name, raw=self.view.text.source.strip(), problem=one.problem
                    )
                ]
            if one:
                return [SetSlot(slot=slot.name, value=one.value)]
        return []
