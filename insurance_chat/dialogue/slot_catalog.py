"""Reads the definitions of slots that a product keeps as data."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import TypeAdapter

from insurance_chat.dialogue.slots import SlotDefinition

_DEFINITIONS: TypeAdapter[list[SlotDefinition]] = TypeAdapter(list[SlotDefinition])


def load_slots(path: Path) -> dict[str, SlotDefinition]:
    """Slots of a product by name, in the order of the file.

    Raises:
        pydantic.ValidationError: a definition has an unknown field or lacks a required one.
        ValueError: two definitions have the same name.
        OSError: the file cannot be read.
    """
    definitions = _DEFINITIONS.validate_python(
        yaml.safe_load(path.read_text(encoding="utf-8")) or []
    )
    slots = {definition.name: definition for definition in definitions}
    if len(slots) != len(definitions):
        raise ValueError(f"{path.name}: a slot is defined twice")
    return slots
