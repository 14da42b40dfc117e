"""Names and addresses that are hidden before a text leaves the country, besides what has a form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition

_SHORTEST_PART = 3
_TYPES = frozenset({"full_name", "address"})


def known_names(told: Mapping[str, Any], slots: Mapping[str, SlotDefinition]) -> tuple[str, ...]:
    """Names and addresses among the facts that a dialogue knows."""
    found = []
    for slot in slots.values():
        value = told.get(slot.name)
        if slot.type in _TYPES and value:
            found.append(str(value.get("text", "")) if isinstance(value, Mapping) else str(value))
        if slot.type == "facts" and isinstance(value, list):
            found += [str(one.get("full_name", "")) for one in value if isinstance(one, Mapping)]
    return tuple(one for one in found if one)


def whole_and_parts(names: Iterable[str]) -> tuple[str, ...]:
    """The names, and their single words: who is «Иванов Иван Петрович» is «Иван Петрович» later."""
    whole = [name for name in dict.fromkeys(names) if name.strip()]
    parts = [
        word
        for name in whole
        for word in re.findall(r"[^\W\d_]+", name)
        if len(word) >= _SHORTEST_PART and word[0].isupper()
    ]
    return tuple(dict.fromkeys([*whole, *parts]))
