"""What a model may propose for a turn: one flat shape, so that small models keep to it as well."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

DOINGS: Final = (
    "start_flow",
    "set_slot",
    "clear_slot",
    "ask_question",
    "chitchat",
    "request_human",
    "report_inaccuracy",
    "cancel",
    "set_preference",
)


class Proposal(BaseModel):
    """One proposed command; which fields count depends on `do`.

    Args:
        do: one of `DOINGS`. Any other word is dropped by the check instead of failing the answer.
        quote: verbatim fragment of what the client wrote, on which the proposal rests.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    do: str = Field(json_schema_extra={"enum": list(DOINGS)})
    flow: str | None = None
    slot: str | None = None
    value: str | None = None
    quote: str | None = None
    topic: str | None = None
    name: str | None = None


class Proposals(BaseModel):
    """The whole answer of the model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    commands: list[Proposal]
