"""What the emulated insurers charge for a mortgage: sum × rate, risk by risk.

The formulas are synthetic (domain notes 4.3, tag SYN). Every risk is rounded to the kopeck, half up,
once; the premium is the sum of the risks. Each rate lists its steps, so that it can be computed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

KOPECK = Decimal("0.01")
#: How much above the debt a bank wants the sum to be, per cent; other banks want nothing more here.
UPLIFT_OF_BANK = {"sber": Decimal(0), "vtb": Decimal(10), "domrf": Decimal(10)}
HOUSES = frozenset({"house", "townhouse"})
OLD_BEFORE = 1970
LIFE_BASE = {"M": Decimal("0.34"), "F": Decimal("0.20")}
LIFE_PER_YEAR = Decimal("1.075")
LIFE_LEAST, LIFE_MOST = Decimal("0.12"), Decimal("4.0")
HEAVY_FROM = Decimal(32)


@dataclass(frozen=True)
class Step:
    """One step of a rate: `=` sets it, `+` adds per cent points, `×` multiplies."""

    code: str
    op: str
    value: Decimal

    def shown(self) -> dict[str, str]:
        """On the wire."""
        return {"code": self.code, "op": self.op, "value": format(self.value, "f")}


def insured_sum(balance: Decimal, uplift_percent: Decimal) -> Decimal:
    """The debt with what the bank wants above it, roubles to the kopeck."""
    return (balance * (1 + uplift_percent / 100)).quantize(KOPECK, ROUND_HALF_UP)


def property_steps(kind: str, build_year: int, *, wooden: bool, gas: bool) -> list[Step]:
    """The rate of walls and floors; age and gas count in a flat only."""
    if kind in HOUSES:
        steps = [Step("house", "=", Decimal("0.25"))]
        return [*steps, Step("wooden", "+", Decimal("0.15"))] if wooden else steps
    steps = [Step("flat", "=", Decimal("0.10"))]
    if wooden:
        steps.append(Step("wooden", "+", Decimal("0.05")))
    if build_year < OLD_BEFORE:
        steps.append(Step("old", "+", Decimal("0.03")))
    if gas:
        steps.append(Step("gas", "+", Decimal("0.03")))
    return steps


def title_steps() -> list[Step]:
    """The rate of the loss of ownership."""
    return [Step("title", "=", Decimal("0.20"))]


def life_steps(gender: str, age: int, *, dangerous: bool, health: dict[str, Any]) -> list[Step]:
    """The rate of life and health; what the questionnaire raised is one step, without its reasons.

    Args:
        age: full years on the first day of the policy.
        health: `heightCm`, `weightKg`, `smoker` as on the wire.
    """
    steps = [
        Step("life_man" if gender == "M" else "life_woman", "=", LIFE_BASE[gender]),
        Step("age", "×", LIFE_PER_YEAR ** (age - 30)),
    ]
    if dangerous:
        steps.append(Step("danger", "×", Decimal("1.5")))
    raised = health_factor(health)
    if raised != 1:
        steps.append(Step("health", "×", raised))
    found = rate_of(steps)
    if not LIFE_LEAST <= found <= LIFE_MOST:
        steps.append(Step("limit", "=", min(max(found, LIFE_LEAST), LIFE_MOST)))
    return steps


def health_factor(health: dict[str, Any]) -> Decimal:
    """× 1.25 from a body-mass index of 32, × 1.3 for smoking."""
    height = Decimal(str(health["heightCm"])) / 100
    index = Decimal(str(health["weightKg"])) / (height * height)
    heavy = Decimal("1.25") if index >= HEAVY_FROM else Decimal(1)
    return heavy * (Decimal("1.3") if health.get("smoker") else Decimal(1))


def rate_of(steps: list[Step]) -> Decimal:
    """Per cent of the insured sum for a year, not rounded."""
    rate = Decimal(0)
    for step in steps:
        if step.op == "=":
            rate = step.value
        elif step.op == "+":
            rate += step.value
        else:
            rate *= step.value
    return rate


def premium(sum_: Decimal, steps: list[Step]) -> Decimal:
    """Roubles for one risk and one year."""
    return (sum_ * rate_of(steps) / 100).quantize(KOPECK, ROUND_HALF_UP)


def full_part(risk: str, sum_: Decimal, steps: list[Step]) -> dict[str, Any]:
    """A risk with its price on the wire."""
    return {
        "risk": risk,
        "insuredSum": str(sum_),
        "rate": format(rate_of(steps), "f"),
        "premium": str(premium(sum_, steps)),
        "steps": [step.shown() for step in steps],
    }


def scaled(parts: list[dict[str, Any]], factor: Decimal) -> list[dict[str, Any]]:
    """The parts after the insurer has looked again, each with one more step.

    Args:
        factor: e.g. 1.03 for three per cent more.
    """
    changed = []
    for part in parts:
        steps = [Step(s["code"], s["op"], Decimal(s["value"])) for s in part["steps"]]
        steps.append(Step("checked", "×", factor))
        changed.append(full_part(part["risk"], Decimal(part["insuredSum"]), steps))
    return changed
