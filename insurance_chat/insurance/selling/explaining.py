"""«Почему столько?» and the like: the product whose sale is under way answers."""

from __future__ import annotations

from collections.abc import Mapping

from insurance_chat.dialogue.actions import Action, ActionContext, Outcome

#: Slot with the code of the product that is being sold; unset by OSAGO, which was there first.
SELLING = "selling"


class BySale:
    """One name of an action, one answer for each product.

    Args:
        answers: code of a product → its action.
        otherwise: for a chat in which nothing else is being sold.
    """

    def __init__(self, answers: Mapping[str, Action], otherwise: Action) -> None:
        self._answers = answers
        self._otherwise = otherwise

    async def __call__(self, context: ActionContext) -> Outcome:
        """Let the product of the sale under way answer."""
        return await self._answers.get(context.slots.get(SELLING) or "", self._otherwise)(context)
