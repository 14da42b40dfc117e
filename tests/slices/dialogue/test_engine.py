"""The flow engine on a toy product: facts in any order, corrections, interruptions, stops."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurance_chat.dialogue.actions import Outcome
from insurance_chat.dialogue.commands import (
    AskQuestion,
    CancelFlow,
    Chitchat,
    ClearSlot,
    Command,
    RejectSlot,
    RequestHuman,
    SetSlot,
    StartFlow,
    Unclear,
)
from insurance_chat.dialogue.effects import Answer, Handover, Say
from insurance_chat.dialogue.flows.engine import MAX_WALKS, advance, proceed
from insurance_chat.dialogue.flows.loader import build_catalog
from insurance_chat.dialogue.flows.model import Flow, Step
from insurance_chat.dialogue.state import DialogueState
from tests.slices.dialogue.toy import CATALOG, SLOTS, Bakery, Toy, settled

START = StartFlow(flow="cake")
FACTS = {"agreed": True, "taste": "наполеон", "size": 3, "writing": "Ура", "candles": 5}


def started(**facts: object) -> Toy:
    return Toy().turn(START, *(SetSlot(slot=k, value=v) for k, v in facts.items()))


def test_a_flow_asks_for_the_first_thing_that_is_missing() -> None:
    toy = started()
    assert toy.state.expects == ["agreed"]
    assert toy.place == "data_collection"


def test_what_is_known_is_not_asked_again() -> None:
    toy = started(agreed=True, taste="наполеон")
    assert toy.state.expects == ["size"]
    assert toy.prompt is not None
    assert toy.prompt.partly


def test_a_phrase_of_a_flow_is_said_once() -> None:
    toy = started(agreed=True)
    assert "hello" in toy.said
    assert "hello" not in toy.tell(taste="наполеон").said


def test_the_same_question_twice_is_marked_as_repeated() -> None:
    toy = started()
    assert toy.prompt is not None
    assert not toy.prompt.again
    toy.turn(AskQuestion(text="почему небо синее"))
    assert toy.prompt is not None
    assert toy.prompt.again


def test_a_step_applies_only_when_its_condition_holds() -> None:
    assert started(agreed=True, taste="медовик", size=1).state.expects == ["day"]
    assert started(agreed=True, taste="наполеон", size=1).state.expects == ["writing"]


def test_an_action_runs_once_for_the_same_facts() -> None:
    toy = started(**FACTS)
    toy.tell(day="2026-12-01")
    assert toy.bakery.calls.count("bake") == 1


def test_a_correction_is_confirmed_and_the_action_runs_again() -> None:
    toy = started(**FACTS)
    toy.tell(size=5)
    assert toy.said == ["slot_corrected"]
    assert toy.state.slots["price"] == "наполеон-5"
    assert toy.bakery.calls == ["bake", "deliver", "bake", "deliver"]


def test_stating_the_same_fact_again_changes_nothing() -> None:
    toy = started(**FACTS)
    toy.tell(size=3)
    assert toy.said == []
    assert toy.bakery.calls == ["bake", "deliver"]


def test_a_fact_that_is_called_wrong_is_asked_for() -> None:
    toy = started(**FACTS).turn(ClearSlot(slot="size"))
    assert toy.state.expects == ["size"]


def test_a_fact_that_cannot_be_is_refused_and_asked_again() -> None:
    toy = started(agreed=True).turn(RejectSlot(slot="size", raw="минус два", problem="other"))
    assert toy.said == ["problem_other"]
    assert toy.state.expects == ["taste", "size"]


def test_a_parked_action_is_asked_again_on_every_turn_and_then_goes_on() -> None:
    toy = Toy(bakery=Bakery(delivered=False))
    toy.turn(START, *(SetSlot(slot=k, value=v) for k, v in FACTS.items()))
    assert (toy.place, toy.state.expects) == ("issuing", [])
    assert toy.state.runs[-1].parked == "deliver"
    toy.turn()
    assert toy.bakery.calls.count("deliver") == 2
    toy.bakery.delivered = True
    toy.turn()
    assert toy.state.expects == ["day"]
    assert toy.state.runs[-1].parked is None


def test_a_refusal_ends_the_flow_and_is_forgotten() -> None:
    toy = started(agreed=False)
    assert toy.said[-1] == "refused"
    assert toy.state.runs == []
    assert "agreed" not in toy.state.slots
    assert toy.place == "qa"


def test_a_refusal_forgets_personal_facts_that_were_told_ahead() -> None:
    toy = Toy().turn(START).tell(writing="Анне от Петра", size=3).tell(agreed=False)
    assert toy.state.slots == {"size": 3}


def test_facts_told_ahead_are_noted() -> None:
    toy = started(agreed=True).tell(candles=5)
    assert toy.said == ["slots_noted"]
    assert toy.tell(taste="медовик", size=1, candles=7).said == ["slot_corrected"]


def test_a_short_flow_interrupts_and_the_long_one_resumes() -> None:
    toy = started(agreed=True).turn(StartFlow(flow="weather"))
    assert toy.said == ["sunny"]
    assert [run.flow for run in toy.state.runs] == ["cake"]
    assert toy.state.expects == ["taste", "size"]


def test_starting_what_is_under_way_changes_nothing() -> None:
    toy = started(agreed=True, taste="наполеон").turn(START)
    assert [run.flow for run in toy.state.runs] == ["cake"]
    assert toy.state.expects == ["size"]


def test_cancelling_keeps_the_facts_and_a_new_start_uses_them() -> None:
    toy = started(**FACTS).turn(CancelFlow())
    assert toy.said == ["flow_cancelled"]
    assert toy.state.runs == []
    assert "price" not in toy.state.slots
    toy.turn(START)
    assert toy.state.expects == ["day"]


def test_a_cancellation_with_a_new_wish_is_a_correction() -> None:
    toy = started(**FACTS).turn(CancelFlow(), SetSlot(slot="size", value=9))
    assert toy.state.slots["price"] == "наполеон-9"
    assert [run.flow for run in toy.state.runs] == ["cake"]


def test_news_wake_nothing_when_nobody_waits_for_them() -> None:
    assert Toy().turn().effects == []


def test_there_may_be_nothing_to_cancel() -> None:
    assert Toy().turn(CancelFlow()).said == ["nothing_to_cancel"]


def test_a_question_is_answered_before_the_flow_goes_on() -> None:
    toy = started(agreed=True).turn(AskQuestion(text="свежий?"))
    assert isinstance(toy.effects[0], Answer)
    assert toy.prompt is toy.effects[-1]


def test_a_human_is_called_and_the_flow_stays() -> None:
    toy = started(agreed=True).turn(RequestHuman(name="Мария"))
    assert Handover("client_asked", "Мария") in toy.effects
    assert toy.state.expects == ["taste", "size"]


def test_two_turns_that_were_not_understood_offer_a_human() -> None:
    toy = Toy().turn(Unclear())
    assert toy.said == ["unclear"]
    toy.turn(Unclear())
    assert toy.said == ["unclear_offer_human"]
    assert toy.state.offered == "human"


def test_an_understood_turn_starts_the_count_anew() -> None:
    toy = Toy().turn(Unclear()).turn(Chitchat(topic="thanks")).turn(Unclear())
    assert toy.said == ["unclear"]


def test_the_given_state_is_never_changed() -> None:
    before = DialogueState(slots={"agreed": True})
    advance(before, [START, SetSlot(slot="size", value=1)], CATALOG, "run")
    assert before == DialogueState(slots={"agreed": True})


def test_an_outcome_for_a_run_that_is_gone_is_harmless() -> None:
    first = advance(DialogueState(), [START, SetSlot(slot="agreed", value=True)], CATALOG, "a")
    wanted = advance(
        first.state,
        [SetSlot(slot="taste", value="т"), SetSlot(slot="size", value=1)],
        CATALOG,
        "b",
    ).action
    assert wanted is not None
    after = proceed(DialogueState(), wanted, Outcome(effects=(Say("late"),)), CATALOG, ())
    assert (after.conversation_state, after.action) == ("qa", None)


def test_flows_that_would_walk_for_ever_are_stopped() -> None:
    steps = [{"say": "tick"}]
    names = [f"f{number}" for number in range(MAX_WALKS + 1)]
    flows = [
        Flow.model_validate({"name": n, "title": n, "interrupt": True, "steps": steps})
        for n in names
    ]
    with pytest.raises(RuntimeError, match="round in circles"):
        advance(
            DialogueState(), [StartFlow(flow=n) for n in names], build_catalog(flows, SLOTS), "run"
        )


def test_a_step_is_of_one_kind() -> None:
    with pytest.raises(ValueError, match="one of collect, action, say"):
        Step.model_validate({"collect": ["a"], "ask": "b", "say": "c"})
    with pytest.raises(ValueError, match="needs ask"):
        Step.model_validate({"collect": ["a"]})


def test_a_catalog_knows_every_slot_of_its_flows() -> None:
    with pytest.raises(ValueError, match="unknown slots"):
        build_catalog(CATALOG.flows.values(), {})
    with pytest.raises(ValueError, match="two flows"):
        build_catalog([*CATALOG.flows.values(), *CATALOG.flows.values()], SLOTS)


@settings(deadline=None, max_examples=60)
@given(
    order=st.permutations(list(FACTS.items())), cuts=st.lists(st.booleans(), min_size=5, max_size=5)
)
def test_facts_in_any_order_and_any_portions_end_in_the_same_state(
    order: list[tuple[str, object]], cuts: list[bool]
) -> None:
    toy, portion = started(), []
    for (name, value), cut in zip(order, cuts, strict=True):
        portion.append(SetSlot(slot=name, value=value))
        if cut:
            toy.turn(*portion)
            portion = []
    toy.turn(*portion)
    assert settled(toy) == settled(started(**FACTS))


_VALUES = {
    "agreed": st.booleans(),
    "size": st.integers(1, 3),
    "taste": st.sampled_from(["медовик", "наполеон"]),
}
_COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.just(START),
    st.just(CancelFlow()),
    st.just(Unclear()),
    st.just(StartFlow(flow="weather")),
    st.just(AskQuestion(text="?")),
    st.sampled_from([ClearSlot(slot=name) for name in SLOTS]),
    st.sampled_from(sorted(_VALUES)).flatmap(
        lambda name: _VALUES[name].map(lambda value: SetSlot(slot=name, value=value))
    ),
)


@settings(deadline=None, max_examples=100)
@given(turns=st.lists(st.lists(_COMMANDS, max_size=3), max_size=8))
def test_whatever_a_client_does_the_state_stays_sound(turns: list[list[Command]]) -> None:
    toy = Toy()
    for commands in turns:
        toy.turn(*commands)
        assert len({run.flow for run in toy.state.runs}) == len(toy.state.runs)
        assert all(toy.state.slots.get(name) is None for name in toy.state.expects)
        assert bool(toy.state.runs) == (toy.place != "qa")
        restored = DialogueState.model_validate(
            toy.state.model_dump(mode="json", exclude_defaults=True)
        )
        assert restored == toy.state
