"""What the sale needs from an insurer or an aggregator, in our own words.

A provider (today the aggregator polis.online) implements `PolicyProvider` once for each product that
it sells; `OsagoProvider` adds the registers of cars and drivers. Nothing here names a wire format. Money is `Decimal` roubles; dates are Moscow calendar dates; every call that changes something
carries an idempotency key, so that repeating it after a time-out returns the first result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict
from typing_extensions import override


class Frozen(BaseModel):
    """Immutable value exchanged with a provider."""

    model_config = ConfigDict(frozen=True)


class PolicyRequest(Frozen):
    """What one product needs to be priced and issued; each product has its own kind.

    Args:
        start_date: first day of the policy.
    """

    product: ClassVar[str]
    start_date: date

    @property
    def preliminary(self) -> bool:
        """Prices only: nothing can be issued from the answer."""
        raise NotImplementedError


class Vehicle(Frozen):
    """A passenger car as in its registration document. Power in horse-power."""

    plate: str | None = None
    vin: str | None = None
    brand: str | None = None
    model: str | None = None
    year: int | None = None
    power_hp: Decimal | None = None
    category: str = "B"
    document_type: str | None = None  # sts | pts | epts
    document: str | None = None  # normalised series and number


class Person(Frozen):
    """Owner or policyholder. Passport is 10 digits, phone is +7XXXXXXXXXX."""

    full_name: str
    birth_date: date
    passport: str
    address: str
    region: str | None = None  # key of the territory table, e.g. `moskva`
    phone: str | None = None
    email: str | None = None


class Driver(Frozen):
    """A person allowed to drive. Licence is 10 characters, normalised."""

    full_name: str
    birth_date: date
    license: str
    experience_start: date


class KbmStatus(StrEnum):
    """`unavailable` means that the source did not answer; it never means 1.17."""

    FOUND = "found"
    UNAVAILABLE = "unavailable"


class Kbm(Frozen):
    """Bonus-malus of one driver."""

    status: KbmStatus
    value: Decimal | None = None
    klass: str | None = None


class PreviousPolicy(Frozen):
    """The OSAGO policy that the vehicle has now or had last."""

    number: str
    company_code: str
    expire_at: date


class OsagoRequest(PolicyRequest):
    """Everything an insurer needs to price and issue one e-OSAGO policy.

    Without the people it is a preliminary question for prices: nothing can be issued from its answer.
    """

    product: ClassVar[str] = "osago"
    vehicle: Vehicle
    owner: Person | None = None
    policyholder: Person | None = None
    drivers: tuple[Driver, ...] = ()
    unlimited: bool = False
    region: str
    period_months: int = 12
    purpose: str = "personal"
    trailer: bool = False

    @property
    @override
    def preliminary(self) -> bool:
        """Prices only: the people are not named."""
        return self.owner is None or self.policyholder is None


class OfferStatus(StrEnum):
    """`failed`: the insurer gave no answer; `declined`: it refused and says why."""

    READY = "ready"
    DECLINED = "declined"
    FAILED = "failed"


class Coefficient(Frozen):
    """One factor of the price: code is ТБ, КТ, КБМ, КВС, КО, КМ or КС."""

    code: str
    value: Decimal


class RateStep(Frozen):
    """One step of a rate: `=` sets it, `+` adds per cent points, `×` multiplies."""

    code: str
    op: str
    value: Decimal


class CoverPart(Frozen):
    """One risk of an offer: what is paid out at most, the rate in per cent a year, its price."""

    risk: str
    insured_sum: Decimal
    rate: Decimal
    premium: Decimal
    steps: tuple[RateStep, ...] = ()


class DeclinedPart(Frozen):
    """A risk that was asked for and that this insurer does not take, and why."""

    risk: str
    reason: str


class Offer(Frozen):
    """One insurer's answer. `price` is what the client would pay, in roubles.

    Products that are sold risk by risk have `parts`, whose premiums make the price.
    """

    offer_id: str
    company_code: str
    company: str
    license: str | None = None
    status: OfferStatus
    price: Decimal | None = None
    decline_reason: str | None = None
    coefficients: tuple[Coefficient, ...] = ()
    reinsurance_pool: bool = False
    mandatory_extra: str | None = None
    min_start_date: date | None = None
    rules_url: str | None = None
    parts: tuple[CoverPart, ...] = ()
    declined_parts: tuple[DeclinedPart, ...] = ()


class Quotes(Frozen):
    """State of an asynchronous multi-insurer calculation."""

    request_id: str
    complete: bool
    offers: tuple[Offer, ...] = ()


class SaleStatus(StrEnum):
    """Steps of a sale at the provider, in order; the last two are ends without a policy."""

    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    ISSUING = "issuing"
    ISSUED = "issued"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Draft(Frozen):
    """A policy in the making at the provider.

    `price` is binding; when it differs from the chosen offer, the client confirms it again.
    `payment_url` is present from `awaiting_payment` on.
    """

    draft_id: str
    status: SaleStatus
    company_code: str
    price: Decimal
    payment_url: str | None = None
    payment_expires_at: datetime | None = None
    policy_number: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    paid_at: datetime | None = None
    failure: str | None = None
    parts: tuple[CoverPart, ...] = ()


class PaymentNotice(Frozen):
    """A verified webhook of the provider: ask for the status of this draft now."""

    notice_id: str
    draft_id: str


class PolicyProvider(Protocol):
    """Port to an insurer or aggregator that sells one product.

    Raises:
        ServiceError: kind `unavailable` (code `provider_unavailable` or `provider_timeout`) when the
            result is unknown and the same key may be tried again; kind `invalid` (code
            `provider_rejected`, data `{"fields": [{"name", "message"}]}`) when data must change;
            kind `conflict` (code `payment_not_found`) for a payment token that does not fit.
    """

    code: str

    @property
    def available(self) -> bool:
        """Whether it can sell at all now."""
        ...

    async def request_quotes(self, request: PolicyRequest, key: str) -> str:
        """Ask all insurers; returns the request id to poll."""
        ...

    async def quotes(self, request_id: str) -> Quotes:
        """Offers that have arrived so far."""
        ...

    async def create_draft(self, offer_id: str, key: str) -> Draft:
        """Fix the offer at its insurer. May come back with another price."""
        ...

    async def request_payment(self, draft_id: str, return_url: str, key: str) -> Draft:
        """Get the page where the client pays."""
        ...

    async def confirm_payment(self, draft_id: str, payment_token: str, key: str) -> Draft:
        """Tell the provider that the money was taken under this token."""
        ...

    async def issue(self, draft_id: str, key: str) -> Draft:
        """Turn a paid draft into a policy. May answer `issuing`; then ask `status`."""
        ...

    async def status(self, draft_id: str) -> Draft:
        """Where the draft stands now."""
        ...

    async def find(self, key: str) -> Draft | None:
        """What the provider did under this key of `create_draft` (reconciliation after a time-out)."""
        ...

    async def policy_pdf(self, draft_id: str) -> bytes:
        """The policy document of an issued draft, PDF bytes."""
        ...

    async def key_information(self, draft_id: str) -> bytes:
        """The key information document (КИД) of a draft with its binding price, PDF bytes.

        Raises:
            ServiceError: kind `not_found` for a product that has none (OSAGO is obligatory).
        """
        ...

    async def cancel(self, draft_id: str, key: str) -> Draft:
        """Cancel a draft that was not paid."""
        ...

    def read_notice(self, headers: Sequence[tuple[str, str]], body: bytes) -> PaymentNotice | None:
        """Verify the signature of a webhook and read it; None for an event that we do not use.

        Raises:
            ServiceError: kind `unauthenticated`, code `bad_signature`.
        """
        ...


#: Product → who sells it.
Providers = Mapping[str, PolicyProvider]


class OsagoProvider(PolicyProvider, Protocol):
    """Port that sells OSAGO and knows the registers of cars, drivers and previous policies."""

    async def vehicle_by_plate(self, plate: str) -> Vehicle | None:
        """Prefill of the car by its normalised plate; None when nothing is known."""
        ...

    async def kbm(self, driver: Driver, on_date: date) -> Kbm:
        """Bonus-malus of a driver; asynchronous at the other side, polled here (bounded)."""
        ...

    async def kbm_by_license(self, license_number: str) -> Kbm:
        """Bonus-malus by licence number alone (`GET /v1/osago/kbm`)."""
        ...

    async def previous_policy(self, plate: str) -> PreviousPolicy | None:
        """Last policy of the car; None when there is none."""
        ...
