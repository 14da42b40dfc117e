"""Who sells an offer: the insurer itself if we are connected to it, else the aggregator.

Source of the order: the customer's brief («если оформление … доступно напрямую у страховой компании,
то апи работает с ней; если не доступно — с полис.онлайн; если и тут не доступно — … пока не
реализовано»). The choice is a provider itself, so nothing above it knows that there are several.
Ids that belong to a direct integration carry its code in front.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

import structlog

from insurance_chat.core.errors import ServiceError, unavailable
from insurance_chat.insurance.providers.ports import (
    Draft,
    Driver,
    Kbm,
    KbmStatus,
    Offer,
    OfferStatus,
    OsagoProvider,
    PaymentNotice,
    PolicyProvider,
    PolicyRequest,
    PreviousPolicy,
    Quotes,
    Vehicle,
)

log = structlog.get_logger()
MARK = "direct:"
BETWEEN = "|"


def is_direct(offer_id: str) -> bool:
    """Whether an offer comes from the insurer itself (`PolicyDraft.provider` of the contract)."""
    return offer_id.startswith(MARK)


class DirectFirst:
    """Prefers direct integrations to the aggregator, offer by offer, for one product.

    Args:
        aggregator: sells for many insurers; None when it is switched off.
        direct: company code → connection to that insurer.
    """

    code = "polis_online"

    def __init__(
        self, aggregator: PolicyProvider | None, direct: Mapping[str, PolicyProvider] | None = None
    ) -> None:
        self._aggregator = aggregator
        self._direct = dict(direct or {})

    @property
    def available(self) -> bool:
        """Whether anybody sells this product online at all."""
        return self._aggregator is not None or bool(self._direct)

    def _sources(self) -> dict[str, PolicyProvider]:
        found = {f"{MARK}{company}": provider for company, provider in self._direct.items()}
        if self._aggregator is not None:
            found[""] = self._aggregator
        return found

    def _any(self) -> PolicyProvider:
        for provider in (self._aggregator, *self._direct.values()):
            if provider is not None:
                return provider
        raise unavailable("product_not_online", "Оформление онлайн пока не реализовано.")

    def _owner(self, marked: str) -> tuple[PolicyProvider, str, str]:
        """The provider behind an id, the id as that provider knows it, and the mark."""
        if not marked.startswith(MARK):
            return self._any(), marked, ""
        mark, _, own = marked.partition(BETWEEN)
        return self._sources()[mark], own, mark + BETWEEN

    async def request_quotes(self, request: PolicyRequest, key: str) -> str:
        """Ask everybody; a direct integration that fails leaves its company to the aggregator.

        Raises:
            ServiceError: everybody failed, or nobody sells online (`product_not_online`).
        """
        self._any()
        sources = self._sources()
        answers = await asyncio.gather(
            *(
                provider.request_quotes(request, f"{key}{mark}")
                for mark, provider in sources.items()
            ),
            return_exceptions=True,
        )
        asked, failure = [], None
        for mark, answer in zip(sources, answers, strict=True):
            if isinstance(answer, str):
                asked.append(f"{mark}={answer}")
            elif isinstance(answer, ServiceError):
                log.warning("provider_not_asked", provider=mark or self.code, code=answer.code)
                failure = answer
            else:
                raise answer
        if not asked and failure is not None:
            raise failure
        return BETWEEN.join(asked)

    async def quotes(self, request_id: str) -> Quotes:
        """Offers so far; a direct offer stands in for the aggregator's of the same company."""
        sources = self._sources()
        parts = [part.partition("=") for part in request_id.split(BETWEEN)]
        found = await asyncio.gather(*(sources[mark].quotes(own) for mark, _, own in parts))
        offers: dict[str, Offer] = {}
        for (mark, _, _), quotes in sorted(zip(parts, found, strict=True), key=lambda p: p[0][0]):
            for offer in quotes.offers:
                if mark and mark != f"{MARK}{offer.company_code}":
                    continue
                known = offers.get(offer.company_code)
                if mark == "" or known is None or offer.status is OfferStatus.READY:
                    marked = f"{mark}{BETWEEN}{offer.offer_id}" if mark else offer.offer_id
                    offers[offer.company_code] = offer.model_copy(update={"offer_id": marked})
        return Quotes(
            request_id=request_id,
            complete=all(quotes.complete for quotes in found),
            offers=tuple(offers.values()),
        )

    async def create_draft(self, offer_id: str, key: str) -> Draft:
        """Fix the offer at whoever made it."""
        provider, own, mark = self._owner(offer_id)
        return _marked(await provider.create_draft(own, key), mark)

    async def request_payment(self, draft_id: str, return_url: str, key: str) -> Draft:
        """Get the page where the client pays."""
        provider, own, mark = self._owner(draft_id)
        return _marked(await provider.request_payment(own, return_url, key), mark)

    async def confirm_payment(self, draft_id: str, payment_token: str, key: str) -> Draft:
        """Tell the provider that the money was taken under this token."""
        provider, own, mark = self._owner(draft_id)
        return _marked(await provider.confirm_payment(own, payment_token, key), mark)

    async def issue(self, draft_id: str, key: str) -> Draft:
        """Turn a paid draft into a policy."""
        provider, own, mark = self._owner(draft_id)
        return _marked(await provider.issue(own, key), mark)

    async def status(self, draft_id: str) -> Draft:
        """Where the draft stands now."""
        provider, own, mark = self._owner(draft_id)
        return _marked(await provider.status(own), mark)

    async def find(self, key: str) -> Draft | None:
        """What anybody did under this key."""
        for mark, provider in self._sources().items():
            draft = await provider.find(key)
            if draft is not None:
                return _marked(draft, f"{mark}{BETWEEN}" if mark else "")
        return None

    async def policy_pdf(self, draft_id: str) -> bytes:
        """The policy document."""
        provider, own, _ = self._owner(draft_id)
        return await provider.policy_pdf(own)

    async def key_information(self, draft_id: str) -> bytes:
        """The key information document."""
        provider, own, _ = self._owner(draft_id)
        return await provider.key_information(own)

    async def cancel(self, draft_id: str, key: str) -> Draft:
        """Cancel a draft that was not paid."""
        provider, own, mark = self._owner(draft_id)
        return _marked(await provider.cancel(own, key), mark)

    def read_notice(self, headers: Sequence[tuple[str, str]], body: bytes) -> PaymentNotice | None:
        """Verify a webhook of the aggregator; direct integrations are polled."""
        return self._any().read_notice(headers, body)


class OsagoDirectFirst(DirectFirst):
    """The choice for OSAGO, with the registers of whoever is connected.

    Args:
        aggregator: sells for many insurers; None when it is switched off.
        direct: company code → connection to that insurer.
    """

    def __init__(
        self, aggregator: OsagoProvider | None, direct: Mapping[str, OsagoProvider] | None = None
    ) -> None:
        super().__init__(aggregator, direct)
        self._registers = next(
            (one for one in (aggregator, *(direct or {}).values()) if one is not None), None
        )

    def _register(self) -> OsagoProvider:
        if self._registers is None:
            raise unavailable("product_not_online", "Оформление онлайн пока не реализовано.")
        return self._registers

    async def vehicle_by_plate(self, plate: str) -> Vehicle | None:
        """Prefill of the car by its plate."""
        return await self._register().vehicle_by_plate(plate)

    async def kbm(self, driver: Driver, on_date: date) -> Kbm:
        """Bonus-malus of a driver."""
        return await self._register().kbm(driver, on_date)

    async def kbm_by_license(self, license_number: str) -> Kbm:
        """Bonus-malus by licence number alone."""
        if not self.available:
            return Kbm(status=KbmStatus.UNAVAILABLE)
        return await self._register().kbm_by_license(license_number)

    async def previous_policy(self, plate: str) -> PreviousPolicy | None:
        """Last policy of the car."""
        return await self._register().previous_policy(plate)


def _marked(draft: Draft, mark: str) -> Draft:
    return draft.model_copy(update={"draft_id": f"{mark}{draft.draft_id}"}) if mark else draft
