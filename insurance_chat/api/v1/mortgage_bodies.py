"""Bodies of `/v1/policies/mortgage`: the application of the house, in the words of the contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from insurance_chat.api.texts import Email, Flag, Line, Model
from insurance_chat.api.v1.policy_bodies import ChosenOffer, Declined
from insurance_chat.insurance.mortgage.application import MortgageData
from insurance_chat.insurance.mortgage.types import HealthAnswers, ObjectKind, Risk

Roubles = Annotated[
    Decimal,
    Field(ge=0, le=1_000_000_000, max_digits=12, decimal_places=2),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1_000_000_000, "multipleOf": 0.01}),
]
Percent = Annotated[
    Decimal, Field(ge=0, le=30), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 30})
]
Area = Annotated[
    Decimal, Field(ge=5, le=2000), WithJsonSchema({"type": "number", "minimum": 5, "maximum": 2000})
]
Weight = Annotated[
    Decimal, Field(ge=30, le=300), WithJsonSchema({"type": "number", "minimum": 30, "maximum": 300})
]


class LoanInfo(Model):
    """The loan. `bank` is a code of our list or a name; `balance` is the outstanding principal."""

    bank: Line | None = None
    balance: Roubles | None = None
    uplift_percent: Percent | None = None
    agreement_number: Line | None = None
    agreement_date: date | None = None


class ObjectInfo(Model):
    """The mortgaged object."""

    kind: ObjectKind | None = None
    build_year: Annotated[int, Field(ge=1000, le=2100)] | None = None
    wooden_floors: bool | None = None
    gas: bool | None = None
    open_fire: bool | None = None
    area_m2: Area | None = None
    address: Line | None = None
    cadastral_number: Line | None = None


class OwnershipInfo(Model):
    """The title."""

    registered: bool | None = None
    owned_since: date | None = None


class BorrowerInfo(Model):
    """Whose life is insured. `gender` is M or F."""

    birth_date: date | None = None
    gender: Annotated[str, Field(pattern="^[MF]$")] | None = None
    dangerous_occupation: Flag = False
    dangerous_sport: Flag = False
    co_borrowers: Flag = False


class HealthInfo(Model):
    """Answers of the health questionnaire, and the version of the consent that the person gave."""

    consent_version: Line
    height_cm: Annotated[int, Field(ge=100, le=230)]
    weight_kg: Weight
    smoker: bool
    severe_disease: bool
    disability: bool = False
    surgery: bool = False
    blood_pressure: bool = False

    def answers(self) -> HealthAnswers:
        """The same for the service, without the consent."""
        return HealthAnswers(**self.model_dump(exclude={"consent_version"}))


class HolderInfo(Model):
    """The policyholder."""

    full_name: Line | None = None
    birth_date: date | None = None
    passport: Line | None = None
    address: Line | None = None
    phone: Line | None = None
    email: Email | None = None


class MortgageQuoteRequest(Model):
    """What is to be priced; what the chosen risks still need is named in the refusal."""

    risks: Annotated[list[Risk], Field(max_length=3)] = Field(default_factory=list)
    loan: LoanInfo = Field(default_factory=LoanInfo)
    insured_object: ObjectInfo = Field(default_factory=ObjectInfo)
    ownership: OwnershipInfo = Field(default_factory=OwnershipInfo)
    borrower: BorrowerInfo = Field(default_factory=BorrowerInfo)
    health: HealthInfo | None = None
    policyholder: HolderInfo = Field(default_factory=HolderInfo)
    start_date: date | None = None
    session_id: str | None = None

    def data(self) -> MortgageData:
        """The same for the service; the health answers go their own way."""
        holder = self.policyholder
        return MortgageData(
            risks=tuple(dict.fromkeys(self.risks)),
            **self.loan.model_dump(),
            **self.insured_object.model_dump(),
            **self.ownership.model_dump(),
            **self.borrower.model_dump(exclude={"birth_date"}),
            birth_date=self.borrower.birth_date or holder.birth_date,
            full_name=holder.full_name,
            passport=holder.passport,
            home_address=holder.address,
            phone=holder.phone,
            email=holder.email,
            start_date=self.start_date,
        )


class Cover(Model):
    """One risk of an offer. `sum` is paid out at most, `price` is for a year, in roubles."""

    risk: str
    sum: float
    price: float


class NotCovered(Model):
    """A risk that the insurer does not take."""

    risk: str
    reason: str


class MortgageOffer(Model):
    """What one insurer offers.

    `explanation` says why it costs what it costs, `bankNote` what is known of the bank's acceptance.
    """

    company_code: str
    price: float
    currency: str
    details: str
    offer_id: str
    company: str
    covers: list[Cover]
    not_covered: list[NotCovered]
    bank_note: str
    explanation: str


class MortgageQuoteResponse(Model):
    """Offers, those that cover everything first, then cheapest."""

    offers: list[MortgageOffer]
    declined: list[Declined]
    quote_id: str
    preliminary: bool
    cooling_off: str


class MortgageDraftRequest(Model):
    """The choice. `quoteId` comes from the quote; `email` replaces that of the policyholder."""

    quote_offer: ChosenOffer
    quote_id: str
    offer_id: Line | None = None
    email: Email | None = None
    session_id: str | None = None


class HealthConsent(Model):
    """The consent that goes before the questionnaire, and its questions."""

    version: str
    text: str
    questions: dict[str, Any]
