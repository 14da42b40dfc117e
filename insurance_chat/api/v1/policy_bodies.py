"""Bodies of `/v1/policies`: the agreed fields, and those that insurers want besides."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from insurance_chat.api.texts import Code, Email, Flag, Line, Model
from insurance_chat.insurance.osago.api_quotes import CarData, DriverData, PersonData, QuoteData

Year = Annotated[int, Field(ge=1900, le=2100)]
Price = Annotated[
    Decimal,
    Field(ge=0, le=10_000_000, max_digits=12, decimal_places=2),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 10_000_000, "multipleOf": 0.01}),
]
Power = Annotated[
    Decimal,
    Field(ge=1, le=2000),
    WithJsonSchema({"type": "number", "minimum": 1, "maximum": 2000}),
]


class VehicleInfo(Model):
    """A car; the last three fields are needed only for a quote."""

    plate: Line | None = None
    vin: Line | None = None
    brand: Line | None = None
    model: Line | None = None
    year: Year | None = None
    power_hp: Power | None = None
    document_type: Literal["sts", "pts", "epts"] | None = None
    document: Line | None = None

    def data(self) -> CarData:
        """The same for the service."""
        return CarData(**self.model_dump())


class PersonInfo(Model):
    """The owner or the policyholder."""

    full_name: Line | None = None
    birth_date: date | None = None
    passport: Line | None = None
    address: Line | None = None
    phone: Line | None = None
    email: Email | None = None

    def data(self) -> PersonData:
        """The same for the service."""
        return PersonData(**self.model_dump())


class DriverInfo(Model):
    """A driver; `docNumber` is the driving licence."""

    doc_number: Line | None = None
    birth_date: date | None = None
    experience_years: Annotated[int, Field(ge=0, le=80)] | None = None
    full_name: Line | None = None
    experience_start: date | None = None


class OsagoQuoteRequest(Model):
    """What is to be priced. Insurers also want `owner`; what is missing is named in the refusal."""

    vehicle: VehicleInfo
    region_code: Line
    drivers: Annotated[list[DriverInfo], Field(max_length=20)] = Field(default_factory=list)
    owner: PersonInfo = Field(default_factory=PersonInfo)
    policyholder: PersonInfo | None = None
    unlimited: Flag = False
    start_date: date | None = None
    period_months: Annotated[int, Field(ge=3, le=12)] = 12
    session_id: str | None = None

    def data(self) -> QuoteData:
        """The same for the service."""
        return QuoteData(
            vehicle=self.vehicle.data(),
            region_code=self.region_code,
            drivers=tuple(
                DriverData(
                    one.full_name,
                    one.birth_date,
                    one.doc_number,
                    one.experience_start,
                    one.experience_years,
                )
                for one in self.drivers
            ),
            owner=self.owner.data(),
            policyholder=self.policyholder.data() if self.policyholder is not None else None,
            unlimited=self.unlimited,
            start_date=self.start_date,
            period_months=self.period_months,
        )


class QuoteOffer(Model):
    """What one insurer offers. `price` in roubles."""

    company_code: str
    price: float
    currency: str
    details: str
    offer_id: str
    company: str


class Declined(Model):
    """Why an insurer offers nothing."""

    company_code: str
    company: str
    reason: str


class QuoteResponse(Model):
    """Offers, cheapest first; preliminary ones were priced without the people."""

    offers: list[QuoteOffer]
    declined: list[Declined]
    quote_id: str
    preliminary: bool


class ChosenOffer(Model):
    """Which insurer; `price` guards against a change."""

    company_code: Code
    price: Price | None = None


class OsagoDraftRequest(Model):
    """The choice. `quoteId` and `offerId` come from the quote; without them the last one fits."""

    quote_offer: ChosenOffer
    applicant: PersonInfo
    vehicle: VehicleInfo
    session_id: str | None = None
    quote_id: str | None = None
    offer_id: Line | None = None


class PolicyDraft(Model):
    """A policy in the making. `payload` has `state`, `price`, `paymentUrl`, what is insured."""

    id: str
    session_id: str = Field(default="")
    provider: Literal["polis_online", "direct_company"]
    payload: dict[str, Any]


class IssuePolicyRequest(Model):
    """The payment. `price` is needed when the insurer has changed it."""

    draft_id: str
    payment_token: Annotated[Line, Field(min_length=1)]
    price: Price | None = None


class Policy(Model):
    """A policy; `pdfUrl` and `expireAt` come when it is issued."""

    id: str
    session_id: str = Field(default="")
    product_type: Literal["osago", "mortgage"]
    company_code: str
    status: Literal["issued", "pending", "failed"]
    pdf_url: str = Field(default="")
    expire_at: date = Field(default=date.min)
    is_agent_client: bool
    number: str = Field(default="")
    reason: str = Field(default="")


class PolicyList(Model):
    """Policies, latest first."""

    items: list[Policy]


class EmailOrder(Model):
    """Where to send the policy."""

    email: Email
