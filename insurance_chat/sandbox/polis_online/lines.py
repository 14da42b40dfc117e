"""Products of the emulated aggregator: what differs between them behind the same calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Protocol

from insurance_chat.sandbox.polis_online.insurers import Insurer
from insurance_chat.sandbox.polis_online.mortgage_line import MortgageLine
from insurance_chat.sandbox.polis_online.osago_line import OsagoLine
from insurance_chat.sandbox.store import Doc

#: Part of the path; another word is no address at all.
Product = Literal["osago", "mortgage"]


class Line(Protocol):
    """One product.

    Args:
        title: for pages after «полис», «ОСАГО».
        series: beginning of the numbers of its policies.
        people_missing: what a preliminary offer lacks, as a refused field.
    """

    title: str
    series: str
    people_missing: dict[str, str]

    def repriced(self, offer: Doc, factor: Decimal) -> Doc:
        """`price` of a draft and what it consists of, after the insurer has looked again."""
        ...

    def in_pool(self, offer: Doc, insurer: Insurer) -> bool:
        """Whether the insurer cedes it to the reinsurance pool."""
        ...

    def subject(self, draft: Doc) -> list[tuple[str, str]]:
        """What is insured, labels and values for pages."""
        ...

    def registered(self, draft: Doc) -> Doc:
        """What the register of policies is searched by."""
        ...

    def render(self, draft: Doc, check_url: str) -> bytes:
        """The document of a policy with a number, PDF bytes."""
        ...

    def render_key_information(self, draft: Doc) -> bytes | None:
        """The key information document, PDF bytes; None when the product has none."""
        ...


LINES: dict[str, Line] = {"osago": OsagoLine(), "mortgage": MortgageLine()}


def product_of(doc: Doc) -> str:
    """Product of a stored quote or draft; those of an earlier version of the sandbox are OSAGO."""
    return str(doc.get("product", "osago"))


def line_of(doc: Doc) -> Line:
    """The line of a stored draft or offer."""
    return LINES[product_of(doc)]
