"""Definitions of the facts that flows collect: data of the products, read by every understanding."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Remember(BaseModel):
    """That a fact is remembered between chats (see `conversations.memory`).

    Args:
        topic: what it belongs to, e.g. `car`; a topic is remembered and forgotten as a whole.
        field: its name within the topic; the slot's own name when empty.
        when: conditions on other slots, as of a step of a flow; name the consent here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str
    field: str = ""
    when: dict[str, Any] = Field(default_factory=dict)


class SlotDefinition(BaseModel):
    """One fact.

    Args:
        name: public name, the value of `metadata.expects` (issue list, e.g. `owner_birth_date`).
        type: extractor: plate, vin, make_model, integer, power, vehicle_document, full_name,
            birth_date, date, experience, passport, license, address, region, boolean, months,
            phone, email, choice.
        title: Russian name in the nominative, for summaries and corrections («год выпуска»).
        aliases: words by which clients name the fact when they correct it.
        sensitive: personal data; masked in logs and summaries for third persons.
        options_from: for `choice`: the slot that holds the list of `{id, title, …}` to choose from.
        minimum, maximum: bounds for numbers.
        volunteer: may be taken from a message that does not answer a question about it.
        shown_as: name under which doors see the question, when it is not the slot's own.
        remember: kept for later chats of the same client.
        yes, no: extra phrases that mean true or false for this slot.
        words: code of a value → how people are shown it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: str
    title: str
    aliases: tuple[str, ...] = ()
    sensitive: bool = False
    options_from: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    volunteer: bool = True
    shown_as: str | None = None
    remember: Remember | None = None
    yes: tuple[str, ...] = Field(default_factory=tuple)
    no: tuple[str, ...] = Field(default_factory=tuple)
    words: dict[str, str] = Field(default_factory=dict)
