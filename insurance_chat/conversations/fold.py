"""State is a fold over the log: each turn records what it changed, and the changes add up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What changed between two state documents; slots are compared one by one, None means gone."""
    changed = {key: value for key, value in new.items() if key != "slots" and old.get(key) != value}
    changed |= {key: None for key in old if key != "slots" and key not in new}
    before, after = old.get("slots", {}), new.get("slots", {})
    slots = {key: value for key, value in after.items() if before.get(key) != value}
    slots |= {key: None for key in before if key not in after}
    if slots:
        changed["slots"] = slots
    return changed


def fold(changes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The state document after all recorded changes, oldest first."""
    state: dict[str, Any] = {}
    for change in changes:
        slots = state.get("slots", {}) | change.get("slots", {})
        state |= change
        state = {key: value for key, value in state.items() if value is not None}
        state["slots"] = {key: value for key, value in slots.items() if value is not None}
    return state
