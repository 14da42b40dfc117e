"""Documents of a mortgage policy of the sandbox: the policy and the key information document."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import segno
import typst

POLICY = Path(__file__).with_name("mortgage.typ")
KID = Path(__file__).with_name("kid.typ")


@dataclass(frozen=True)
class MortgageForm:
    """What is printed. Dates are ДД.ММ.ГГГГ, money is roubles with kopecks, texts are Russian.

    Args:
        number: empty in a key information document: there is no policy yet.
        insured: labels and values of what is insured.
        parts: `risk`, `insuredSum`, `rate` (per cent a year), `premium`.
    """

    number: str
    company: str
    license: str
    start: str
    end: str
    policyholder: str
    birth_date: str
    bank: str
    agreement: str
    insured: list[list[str]]
    parts: list[dict[str, Any]]
    price: str
    issued_at: str


def render_mortgage(form: MortgageForm, check_url: str) -> bytes:
    """The policy, PDF bytes with extractable Cyrillic text. Blocks for tens of milliseconds."""
    code = io.BytesIO()
    segno.make(check_url, error="m").save(code, kind="svg", border=1)
    return _compiled(POLICY, form, {"code.svg": code.getvalue()})


def render_kid(form: MortgageForm) -> bytes:
    """The key information document with the binding price, PDF bytes."""
    return _compiled(KID, form, {})


def _compiled(template: Path, form: MortgageForm, more: dict[str, bytes]) -> bytes:
    printed = asdict(form)
    printed["parts"] = [
        {**part, "rate": f"{float(part['rate']):.4f}".replace(".", ",")} for part in form.parts
    ]
    # The stub of typst does not know files in memory.
    files: Any = {
        "main.typ": template.read_bytes(),
        "form.json": json.dumps(printed, ensure_ascii=False).encode(),
        **more,
    }
    pdf: bytes = typst.compile(files, ignore_system_fonts=True)
    return pdf
