"""Renders a turn for the model: the instructions are a versioned file, everything else is data.

The size is bounded: clipped window, clipped summary, clipped unread words; slots and flows are as
many as the products have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.llm.scope import Scope
from insurance_chat.dialogue.understanding.ports import TurnInput
from insurance_chat.llm.ports import ChatMessage
from insurance_chat.llm.profile import Profile
from insurance_chat.llm.prompting import data, instructions

NAME: Final = "understand v1"
_HERE = Path(__file__).parent
LONGEST_LINE: Final = 300  # letters of one line of the history
LONGEST_SUMMARY: Final = 1500
LONGEST_UNREAD: Final = 4000  # as many as the rules read
LONGEST_DOCUMENT: Final = 3000
_SPEAKERS = {"user": "клиент", "ai": "ассистент", "agent": "агент", "system": "система"}
_DAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_TYPES = {
    "boolean": "да/нет",
    "integer": "число",
    "power": "л.с. или кВт",
    "full_name": "ФИО",
    "birth_date": "дата",
    "date": "дата",
    "experience": "дата или число лет",
    "months": "число месяцев",
    "choice": "выбор",
}


def render(turn: TurnInput, scope: Scope, profile: Profile) -> tuple[ChatMessage, ...]:
    """The prompt of a turn: instructions, then one message of delimited data.

    Args:
        scope: slots and flows on offer.
        profile: how the tenant's assistant speaks and about what.
    """
    blocks = [
        ("сегодня", [f"{turn.today:%d.%m.%Y}, {_DAYS[turn.today.weekday()]}, Москва"]),
        ("указания_компании", [_data(profile.system_prompt)] if profile.system_prompt else []),
        ("язык", [_data(profile.language)]),
        ("темы", [_data(topic) for topic in profile.allowed_topics]),
        ("дела", _flows(turn)),
        ("факты", [_slot(slot, turn) for slot in scope.slots.values()]),
        ("положение", _situation(turn, scope)),
        ("раньше", [_data(turn.summary[:LONGEST_SUMMARY])] if turn.summary else []),
        ("переписка", [_line(each.sender, each.text) for each in turn.history]),
        ("документы_клиента", _documents(turn)),
        ("новые_сообщения", _unread(turn)),
    ]
    text = "\n".join(_block(name, lines) for name, lines in blocks if lines)
    return (ChatMessage("system", instructions(_HERE, NAME)), ChatMessage("user", text))


def _block(name: str, lines: Iterable[str]) -> str:
    return f"<{name}>\n" + "\n".join(lines) + f"\n</{name}>"


def _data(text: str) -> str:
    # A line of a foreign text never looks like a line of another speaker.
    return "\n  ".join(data(text).splitlines())


def _line(sender: str, text: str) -> str:
    words = text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
    return f"{_SPEAKERS.get(sender, sender)}: {_data(words)}"


def _unread(turn: TurnInput) -> list[str]:
    left, lines = LONGEST_UNREAD, []
    for message in turn.messages:
        text = (message.text or "").strip()[:left]
        left -= len(text)
        if text:
            lines.append(f"клиент: {_data(text)}")
    return lines


def _documents(turn: TurnInput) -> list[str]:
    texts = [message.document for message in turn.messages if message.document]
    return [_data("\n".join(texts)[:LONGEST_DOCUMENT])] if texts else []


def _flows(turn: TurnInput) -> list[str]:
    active = {run.flow for run in turn.state.runs}
    return [
        f"{flow.name}: {flow.title}. {flow.description}".strip()
        for flow in turn.flows.values()
        if flow.name not in active
    ]


def _slot(slot: SlotDefinition, turn: TurnInput) -> str:
    kind = _TYPES.get(slot.type)
    line = f"{slot.name}: {slot.title}" + (f" ({kind})" if kind else "")
    options = turn.state.slots.get(slot.options_from or "") or []
    if options:
        line += "; варианты: " + ", ".join(_option(one) for one in options[:20])
    return line


def _option(option: Mapping[str, Any]) -> str:
    return f"{option.get('id')} = {_data(str(option.get('title') or ''))}"


def _situation(turn: TurnInput, scope: Scope) -> list[str]:
    state, lines = turn.state, []
    titles = [turn.flows[run.flow].title for run in state.runs if run.flow in turn.flows]
    lines.append("идёт: " + (", ".join(titles) or "ничего"))
    asked = [name for name in state.expects if name in turn.slots]
    lines.append("спросили: " + (", ".join(asked) or "ничего"))
    if state.offered:
        lines.append(f"предложили: {_data(state.offered)}")
    known = [_known(turn.slots[name], value) for name, value in _told(turn, scope)]
    lines.append("известно: " + (", ".join(known) or "ничего"))
    return lines


def _told(turn: TurnInput, scope: Scope) -> Sequence[tuple[str, Any]]:
    return [(name, turn.state.slots[name]) for name in scope.slots if name in turn.state.slots]


def _known(slot: SlotDefinition, value: Any) -> str:
    # What the model needs not see does not leave: of personal data only that they are known.
    if slot.sensitive or isinstance(value, list):
        return slot.name
    words = " ".join(map(str, value.values())) if isinstance(value, dict) else str(value)
    return f"{slot.name} = {_data(words)[:60]}"
