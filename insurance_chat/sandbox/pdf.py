"""The document of a sandbox policy: looks like an e-OSAGO form and says plainly that it is not one."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import segno
import typst

TEMPLATE = Path(__file__).with_name("policy.typ")


@dataclass(frozen=True)
class PolicyForm:
    """What is printed. Dates are ДД.ММ.ГГГГ, `price` is roubles with kopecks, texts are Russian.

    `vehicle` has the wire names of the aggregator; `drivers` have name, licence, klass and kbm.
    """

    number: str
    company: str
    license: str
    start: str
    end: str
    months: int
    trailer: bool
    policyholder: str
    owner: str
    vehicle: dict[str, Any]
    unlimited: bool
    drivers: list[dict[str, str]]
    coefficients: list[dict[str, str]]
    price: str
    issued_at: str
    check_url: str


def render_policy(form: PolicyForm) -> bytes:
    """One A4 page, PDF bytes with extractable Cyrillic text. Blocks for tens of milliseconds."""
    code = io.BytesIO()
    segno.make(form.check_url, error="m").save(code, kind="svg", border=1)
    # The stub of typst does not know files in memory.
    files: Any = {
        "main.typ": TEMPLATE.read_bytes(),
        "form.json": json.dumps(asdict(form), ensure_ascii=False).encode(),
        "code.svg": code.getvalue(),
    }
    # Only the fonts inside the typst library: the page looks the same on every machine.
    pdf: bytes = typst.compile(files, ignore_system_fonts=True)
    return pdf
