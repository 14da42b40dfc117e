"""Who the simulated clients are: one kind of person for each product that is sold.

A new product adds a module with such a person and one line in `MAKERS`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date
from typing import ClassVar, Protocol

from insurance_chat.insurance.products import get_product
from insurance_chat.main.evaluation.people import customer
from insurance_chat.main.evaluation.people_mortgage import borrower


class Buyer(Protocol):
    """A person who wants one product, and everything that its sale asks them for.

    Attributes:
        product: code of the product.
        opening: first words of the sale.
    """

    product: ClassVar[str]
    opening: ClassVar[str]

    def answers(self) -> dict[str, str]:
        """What to type for each slot, as it can stand in one message with the others."""
        ...

    def terse(self) -> dict[str, str]:
        """The bare value for each slot, as a program without manners would send it."""
        ...

    def beside(self, asked: Iterable[str]) -> tuple[str, ...]:
        """Slots that a well-prepared person answers at once when these are asked."""
        ...

    def pages(self) -> dict[str, dict[str, str]]:
        """Beginning of the path of a page that the chat links to → what is filled in there."""
        ...


MAKERS: tuple[Callable[[random.Random, date], Buyer], ...] = (customer, borrower)


def crowd(source: random.Random, today: date, count: int) -> list[tuple[Buyer, bool]]:
    """Clients of all products by turns; of each product every second one answers in blocks.

    Args:
        source: seeded, so that a failing run can be repeated.
        today: Moscow date.

    Returns:
        Who they are, and whether they answer everything that is asked in one message.
    """
    kinds = len(MAKERS)
    return [
        (MAKERS[number % kinds](source, today), (number + number // kinds) % 2 == 0)
        for number in range(count)
    ]


def titled(number: int, who: Buyer, *, blocks: bool) -> str:
    """«клиент 2: Ипотечное страхование, отвечает коротко»: its line on the screen and in the report."""
    manner = "отвечает сразу на всё" if blocks else "отвечает коротко"
    return f"клиент {number}: {get_product(who.product).wording.title}, {manner}"
