"""Which facts of a turn are remembered: declared at the slots, learnt once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from insurance_chat.conversations.types import ConversationState, Snapshot
from insurance_chat.dialogue.decision import Decision
from insurance_chat.dialogue.keeping import Keeper, flow_of
from insurance_chat.dialogue.slots import Remember, SlotDefinition
from insurance_chat.dialogue.state import DialogueState, FlowRun

AGREED = {"consent": True}
KEEPER = Keeper(
    {
        "plate": SlotDefinition(
            name="plate",
            type="plate",
            title="госномер",
            remember=Remember(topic="car", when=AGREED),
        ),
        "year": SlotDefinition(
            name="year", type="integer", title="год", remember=Remember(topic="car", when=AGREED)
        ),
        "owner": SlotDefinition(
            name="owner",
            type="full_name",
            title="ФИО",
            remember=Remember(topic="name", field="name", when=AGREED),
        ),
        "passport": SlotDefinition(name="passport", type="passport", title="паспорт"),
    }
)


def _learnt(
    before: dict[str, Any], after: dict[str, Any], *, voice: tuple[bool, bool] = (False, False)
) -> dict[str, dict[str, Any]]:
    snapshot = Snapshot(
        conversation_id=1,
        public_id=uuid4(),
        tenant_id=1,
        contact_id=1,
        channel="web",
        state=ConversationState.QA,
        last_seq=1,
        last_inbound_seq=1,
        answered_seq=0,
        unread=1,
        handover_epoch=0,
        flow_asks=False,
        prefer_voice=voice[0],
        dialogue={"slots": before},
        lease_owner=None,
    )
    state = DialogueState(slots=after)
    return KEEPER.learnt(snapshot, Decision(state, ConversationState.QA, prefer_voice=voice[1]))


def test_a_turn_that_changes_nothing_learns_nothing() -> None:
    known = {**AGREED, "plate": "А123ВС77", "passport": "4510 123456"}
    assert _learnt(known, known) == {}
    assert _learnt({}, {"passport": "4510 123456"}) == {}


def test_a_topic_is_learnt_as_a_whole() -> None:
    before = {**AGREED, "plate": "А123ВС77"}
    assert _learnt(before, before | {"year": 2018}) == {"car": {"plate": "А123ВС77", "year": 2018}}


def test_what_was_told_before_the_consent_is_learnt_with_it() -> None:
    told = {"plate": "А123ВС77", "owner": "Иванов Иван Иванович"}
    assert _learnt({}, told) == {}
    assert _learnt(told, told | AGREED) == {
        "car": {"plate": "А123ВС77"},
        "name": {"name": "Иванов Иван Иванович"},
    }


def test_a_fact_that_is_gone_teaches_nothing() -> None:
    assert _learnt({**AGREED, "plate": "А123ВС77", "year": 2018}, {**AGREED, "year": 2018}) == {}


def test_a_new_wish_for_voice_is_learnt_and_an_old_one_is_not() -> None:
    assert _learnt({}, {}, voice=(False, True)) == {"voice": {"prefer_voice": True}}
    assert _learnt({}, {}, voice=(True, False)) == {"voice": {"prefer_voice": False}}
    assert _learnt({}, {}, voice=(True, True)) == {}


def test_the_source_is_the_flow_at_the_bottom() -> None:
    runs = [FlowRun(run_id="1", flow="osago"), FlowRun(run_id="2", flow="osago_estimate")]
    state = DialogueState(runs=runs)
    assert flow_of(Decision(state, ConversationState.QA)) == "osago"
    assert flow_of(Decision(DialogueState(), ConversationState.QA)) == ""
