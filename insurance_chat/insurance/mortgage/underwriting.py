"""Who decides: the insurers' systems, or a person. Pure.

Every finding names the risk that it is about; the client may call a human, who gets everything that was
collected except the health answers, or go on without that risk.
Source: domain notes 4.2 and 4.3; the thresholds are data (`data/underwriting.yml`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.insurance.mortgage.price import age_on, insured_sum
from insurance_chat.insurance.mortgage.types import MortgageRequest, ObjectKind, Risk

_DATA = read_yaml(Path(__file__).parent / "data" / "underwriting.yml")


class Outcome(StrEnum):
    """What follows."""

    PASS = "pass"  # noqa: S105
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds; ages in full years on the first day, sums in roubles."""

    youngest_age: int = _DATA["youngest_age"]
    oldest_age: int = _DATA["oldest_age"]
    high_sum: Decimal = Decimal(_DATA["high_sum"])
    old_before: int = _DATA["old_before"]
    human_kinds: frozenset[str] = frozenset(_DATA["human_kinds"])


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for a person to look.

    Args:
        code: for handovers and reports; about health it says no more than `health`.
        risk: what the client may do without; None concerns the whole application.
        text: for the client.
    """

    code: str
    risk: Risk | None
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome with its reasons.

    Args:
        without: risks that can be bought at once when those of the findings are left out; empty when
            nothing is left.
    """

    findings: tuple[Finding, ...]
    without: tuple[Risk, ...]

    @property
    def outcome(self) -> Outcome:
        """Pass, or a person."""
        return Outcome.HUMAN if self.findings else Outcome.PASS


def decide(request: MortgageRequest, limits: Limits | None = None) -> Decision:
    """Look at an application before any insurer is asked."""
    found = tuple(_findings(request, limits or Limits()))
    if any(finding.risk is None for finding in found):
        return Decision(found, ())
    doubtful = {finding.risk for finding in found}
    left = tuple(risk for risk in request.risks if risk not in doubtful)
    return Decision(found, left if found else ())


def _findings(request: MortgageRequest, limits: Limits) -> Iterable[Finding]:
    for risk in request.risks:
        yield from _CHECKS[risk](request, limits)


def _property(request: MortgageRequest, limits: Limits) -> Iterable[Finding]:
    found = request.insured_object
    if found is None:
        return
    if found.kind.value in limits.human_kinds:
        what = "Гараж" if found.kind is ObjectKind.GARAGE else "Строящийся объект"
        yield Finding("object_kind", None, f"{what} страховые рассматривают отдельно.")
    if found.wooden_floors:
        text = "Деревянные перекрытия страховые рассматривают отдельно."
        yield Finding("wooden_floors", Risk.PROPERTY, text)
    if found.build_year is not None and found.build_year < limits.old_before:
        yield Finding("old_building", Risk.PROPERTY, "Старый дом страховые рассматривают отдельно.")


def _life(request: MortgageRequest, limits: Limits) -> Iterable[Finding]:
    health, borrower = request.health, request.borrower
    if health is not None and (health.severe_disease or health.disability):
        text = "По ответам анкеты о здоровье решение принимает специалист страховой."
        yield Finding("health", Risk.LIFE, text)
    if borrower is None:
        return
    age = age_on(borrower.birth_date, request.start_date)
    if not limits.youngest_age <= age <= limits.oldest_age:
        yield Finding("age", Risk.LIFE, "Этот возраст страховые рассматривают отдельно.")
    if insured_sum(request.loan) > limits.high_sum:
        text = "На такую сумму страховые могут попросить медицинское обследование."
        yield Finding("high_sum", Risk.LIFE, text)
    if borrower.co_borrowers:
        text = "Если страховать нужно и созаёмщика, доли и суммы согласует агент."
        yield Finding("co_borrowers", Risk.LIFE, text)


def _title(request: MortgageRequest, limits: Limits) -> Iterable[Finding]:
    if request.ownership is not None and not request.ownership.registered:
        text = "Титул страхуют, когда право собственности уже зарегистрировано."
        yield Finding("title_not_registered", Risk.TITLE, text)
    found = request.insured_object
    if Risk.PROPERTY not in request.risks and found and found.kind.value in limits.human_kinds:
        yield Finding("object_kind", None, "Такой объект страховые рассматривают отдельно.")


_CHECKS: dict[Risk, Callable[[MortgageRequest, Limits], Iterable[Finding]]] = {
    Risk.PROPERTY: _property,
    Risk.LIFE: _life,
    Risk.TITLE: _title,
}
