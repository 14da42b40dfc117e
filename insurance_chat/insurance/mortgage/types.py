"""The application for mortgage insurance: risks, loan, object, borrower, and the sealed health answers.

Fields: domain notes 4.2. Only what the chosen risks need is asked (`needs.py`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import override

from insurance_chat.insurance.providers.ports import Frozen, Person, PolicyRequest


class Risk(StrEnum):
    """What can be insured, in any combination."""

    PROPERTY = "property"
    LIFE = "life"
    TITLE = "title"


class ObjectKind(StrEnum):
    """What was bought with the loan."""

    FLAT = "flat"
    APARTMENTS = "apartments"
    ROOM = "room"
    HOUSE = "house"
    TOWNHOUSE = "townhouse"
    GARAGE = "garage"
    UNFINISHED = "unfinished"


class Loan(Frozen):
    """The loan. `balance` is the outstanding principal in roubles on the first day of the policy.

    Args:
        bank_code: of our list; None for a bank that is not in it.
        uplift_percent: how much above the balance the agreement wants the sum to be; None: not known.
    """

    bank_code: str | None
    bank_name: str
    balance: Decimal
    uplift_percent: Decimal | None = None
    agreement_number: str | None = None
    agreement_date: date | None = None


class InsuredObject(Frozen):
    """The mortgaged object. Area in square metres; `None` means that it was not asked."""

    kind: ObjectKind
    build_year: int | None = None
    wooden_floors: bool | None = None
    gas: bool | None = None
    open_fire: bool | None = None
    area_m2: Decimal | None = None
    address: str | None = None
    cadastral_number: str | None = None


class Ownership(Frozen):
    """The title. `registered` is false until the right is in ЕГРН."""

    registered: bool
    owned_since: date | None = None


class Borrower(Frozen):
    """Whose life is insured; nothing here is a special category of data."""

    birth_date: date
    gender: Literal["M", "F"]
    dangerous_occupation: bool = False
    dangerous_sport: bool = False
    co_borrowers: bool = False


class HealthAnswers(Frozen):
    """The health declaration: special categories of data, 152-ФЗ art. 10. Sealed wherever it is kept.

    Height in centimetres, weight in kilograms.
    """

    height_cm: int
    weight_kg: Decimal
    smoker: bool
    severe_disease: bool
    disability: bool = False
    surgery: bool = False
    blood_pressure: bool = False

    @override
    def __repr__(self) -> str:
        return "HealthAnswers(***)"

    @override
    def __str__(self) -> str:
        return repr(self)


class MortgageRequest(PolicyRequest):
    """Everything an insurer needs to price and issue one mortgage policy for a year.

    Args:
        risks: chosen by the client, in the order of `Risk`.
        health_ref: where the sealed answers are; the answers themselves are put in by
            `health.complete` just before the insurer is asked, and are never written with the rest.
        policyholder: the borrower; without them, prices only.
    """

    product: ClassVar[str] = "mortgage"
    risks: tuple[Risk, ...]
    loan: Loan
    insured_object: InsuredObject | None = None
    ownership: Ownership | None = None
    borrower: Borrower | None = None
    health_ref: UUID | None = None
    health: HealthAnswers | None = Field(default=None, exclude=True, repr=False)
    policyholder: Person | None = None

    @property
    @override
    def preliminary(self) -> bool:
        """Prices only: the people, the agreement or the address are not named."""
        named = self.policyholder is not None and self.loan.agreement_number is not None
        return not (named and (self.insured_object is None or self.insured_object.address))
