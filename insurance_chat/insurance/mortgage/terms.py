"""What the client is told of refusing, risk by risk: only statements that are confirmed by a source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.insurance.mortgage.price import RISK_NAMES
from insurance_chat.insurance.mortgage.types import Risk

_DATA = read_yaml(Path(__file__).parent / "data" / "terms.yml")
#: Statements from memory (`MEM`) are never told to a client as a fact.
TOLD = frozenset({"V1", "V2"})


def cooling_off(risk: Risk) -> tuple[str, ...]:
    """Confirmed statements about refusing one risk.

    Source: 4.6 of the domain notes; each statement names its own in `data/terms.yml`.
    """
    return tuple(row["text"] for row in _DATA["cooling_off"][risk.value] if row["tag"] in TOLD)


def cooling_off_text(risks: Iterable[Risk]) -> str:
    """The same for all risks of a policy, as the client reads it before paying."""
    return "\n".join(
        f"{RISK_NAMES[risk].capitalize()}: {' '.join(cooling_off(risk))}" for risk in risks
    )


def key_information_text() -> str:
    """What КИД is."""
    return " ".join(row["text"] for row in _DATA["key_information"] if row["tag"] in TOLD)
