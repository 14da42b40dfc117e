"""The recorded changes of the turns add up to the state."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.conversations.fold import difference, fold

_VALUES = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
_STATES = st.fixed_dictionaries(
    {"slots": st.dictionaries(st.sampled_from("abcd"), _VALUES)},
    optional={
        "expects": st.lists(st.text(max_size=2)),
        "unclear": st.integers(),
        "offered": st.text(),
    },
)


def test_only_what_changed_is_recorded() -> None:
    old = {"unclear": 1, "slots": {"a": 1, "b": 2}}
    new = {"unclear": 1, "slots": {"a": 1, "b": 3}}
    assert difference(old, new) == {"slots": {"b": 3}}


def test_what_is_gone_is_recorded_as_gone() -> None:
    assert difference({"offered": "human", "slots": {"a": 1}}, {"slots": {}}) == {
        "offered": None,
        "slots": {"a": None},
    }


def test_nothing_changed_nothing_recorded() -> None:
    assert difference({"slots": {"a": 1}}, {"slots": {"a": 1}}) == {}


@given(states=st.lists(_STATES, min_size=1, max_size=6))
def test_the_changes_of_any_history_add_up_to_its_last_state(states: list[dict[str, Any]]) -> None:
    changes, old = [], {}
    for state in states:
        changes.append(difference(old, state))
        old = state
    assert fold(changes) == states[-1]
