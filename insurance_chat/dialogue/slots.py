"""Definitions of the facts that flows collect: data of the products, read by every understanding."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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
        yes, no: extra phrases that mean true or false for this slot.
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
    yes: tuple[str, ...] = Field(default_factory=tuple)
    no: tuple[str, ...] = Field(default_factory=tuple)
