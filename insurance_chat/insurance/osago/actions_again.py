"""Steps that offer a returning client the car of an earlier chat; nothing is taken silently."""

from __future__ import annotations

from collections.abc import Mapping

from insurance_chat.conversations.memory import service as memory
from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome
from insurance_chat.insurance.osago.facts import car_title

CAR = "car"


class AgainActions:
    """«Снова Kia Rio А123ВС77?» at the beginning of a sale or an estimate.

    Args:
        db: where memories are kept.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow files use them."""
        return {
            "recall_car": self.recall_car,
            "take_remembered_car": self.take_remembered_car,
        }

    async def recall_car(self, context: ActionContext) -> Outcome:
        """Find the car of an earlier chat; it is only proposed, the client has to say yes."""
        async with self._db.unit() as unit:
            known = await memory.recall(unit, context.tenant_id, context.contact_id)
        car = known.topics.get(CAR)
        title = car_title(car.values) if car is not None else ""
        if car is None or not title:
            return Outcome()
        return Outcome(slots={"remembered_car": {"title": title, "facts": dict(car.values)}})

    async def take_remembered_car(self, context: ActionContext) -> Outcome:
        """«Да, она»: its facts are known again; the register is asked all the same by the plate."""
        done = ("remembered_car", "use_remembered_car")
        if not context.slots["use_remembered_car"]:
            return Outcome(slots={"another_car": True}, clear=done)
        return Outcome(slots=dict(context.slots["remembered_car"]["facts"]), clear=done)
