"""What the understanding may propose. Plain code decides what becomes of it (architecture, room 5).

Commands are data: they are recorded in the conversation log and can be replayed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True)


class StartFlow(_Command):
    """The client wants to do something: a sale, an estimate, their policies, a download."""

    type: Literal["start_flow"] = "start_flow"
    flow: str


class SetSlot(_Command):
    """A fact that the client stated, already validated and normalised (JSON value).

    `from_document`: a model found it in a file of the client, so it waits for the client's yes.
    """

    type: Literal["set_slot"] = "set_slot"
    slot: str
    value: Any
    from_document: bool = Field(default=False, exclude_if=lambda value: not value)


class RejectSlot(_Command):
    """The client tried to state a fact and it cannot be right; `problem` is a key of phrases."""

    type: Literal["reject_slot"] = "reject_slot"
    slot: str
    raw: str
    problem: str


class ClearSlot(_Command):
    """The client says that a known fact is wrong without saying the right one."""

    type: Literal["clear_slot"] = "clear_slot"
    slot: str


class AskQuestion(_Command):
    """A question for the knowledge base, in the client's words.

    `search` is the same question made whole («а для мотоцикла?» → «сколько стоит ОСАГО для
    мотоцикла»); it only helps to find passages and is never shown.
    """

    type: Literal["ask_question"] = "ask_question"
    text: str
    search: str = ""


class Chitchat(_Command):
    """Small talk: greeting, thanks, bye, who_are_you, are_you_bot, how_are_you, capabilities, abuse."""

    type: Literal["chitchat"] = "chitchat"
    topic: str


class RequestHuman(_Command):
    """The client wants a human agent, perhaps a certain one, and would `wait` for that one."""

    type: Literal["request_human"] = "request_human"
    name: str | None = None
    wait: bool = False
    reason: str = "client_asked"


class ReportInaccuracy(_Command):
    """The client says that an answer of the assistant is wrong."""

    type: Literal["report_inaccuracy"] = "report_inaccuracy"
    text: str


class CancelFlow(_Command):
    """The client does not want to go on with what is under way."""

    type: Literal["cancel_flow"] = "cancel_flow"


class SetPreference(_Command):
    """`prefer_voice` or similar wish about the form of the conversation."""

    type: Literal["set_preference"] = "set_preference"
    name: str
    value: Any


class Unclear(_Command):
    """Nothing was understood."""

    type: Literal["unclear"] = "unclear"
    text: str = ""


Command = Annotated[
    StartFlow
    | SetSlot
    | RejectSlot
    | ClearSlot
    | AskQuestion
    | Chitchat
    | RequestHuman
    | ReportInaccuracy
    | CancelFlow
    | SetPreference
    | Unclear,
    Field(discriminator="type"),
]
COMMANDS: TypeAdapter[list[Command]] = TypeAdapter(list[Command])
