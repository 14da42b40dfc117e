"""Reads the definitions of slots that a product keeps as data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.slots import SlotDefinition

_DEFINITIONS: TypeAdapter[list[SlotDefinition]] = TypeAdapter(list[SlotDefinition])


def load_slots(
    path: Path, known: Mapping[str, SlotDefinition] | None = None
) -> dict[str, SlotDefinition]:
    """Slots of a product by name, in the order of the file.

    `answers_like: <slot>` takes the phrases of yes and no from another slot: every consent is agreed
    to in the same words.

    Args:
        known: slots of the products before.

    Raises:
        pydantic.ValidationError: a definition has an unknown field or lacks a required one.
        KeyError: there is no slot to take the phrases from.
        ValueError: two definitions have the same name.
        OSError: the file cannot be read.
    """
    rows = read_yaml(path) or []
    definitions = _DEFINITIONS.validate_python([_with_answers(row, known or {}) for row in rows])
    slots = {definition.name: definition for definition in definitions}
    if len(slots) != len(definitions):
        raise ValueError(f"{path.name}: a slot is defined twice")
    return slots


def _with_answers(row: dict[str, Any], known: Mapping[str, SlotDefinition]) -> dict[str, Any]:
    if "answers_like" not in row:
        return row
    rest = {name: value for name, value in row.items() if name != "answers_like"}
    other = known[row["answers_like"]]
    return {**rest, "yes": other.yes, "no": other.no}
