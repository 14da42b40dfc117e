"""The port to insurers implemented over polis.online."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import httpx

from insurance_chat.core.errors import unavailable
from insurance_chat.insurance.providers.polis_online import wire
from insurance_chat.insurance.providers.polis_online.line import ProductLine, read
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.providers.polis_online.transport import DOWN, Record, Transport
from insurance_chat.insurance.providers.ports import (
    Driver,
    Kbm,
    KbmStatus,
    PreviousPolicy,
    Vehicle,
)


class PolisOnline(ProductLine):
    """`OsagoProvider` over the aggregator polis.online; `line` gives its other products.

    Args:
        settings: address and account; `url` must be filled.
        client: shared HTTP client; its time-outs are not used.
        record: keeps a masked trace line of every try; its failure is logged and does no harm.
        resilience: numbers of tries, pauses, polling and the circuit breaker.
        unix_time: current time in seconds, for the age of notices.
    """

    def __init__(
        self,
        settings: PolisOnlineSettings,
        client: httpx.AsyncClient,
        record: Record,
        *,
        resilience: Resilience | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        policy = resilience or Resilience()
        transport = Transport(settings, client, record, policy)
        super().__init__(settings, transport, policy, "osago", wire.quote_body, unix_time)

    def line(self, product: str, body: Callable[[Any], wire.Json]) -> ProductLine:
        """Another product of the same account.

        Args:
            product: part of the paths, e.g. `mortgage`.
            body: writes a request of this product.
        """
        return ProductLine(
            self._settings, self._transport, self._policy, product, body, self._unix_time
        )

    async def register_callback(self, url: str) -> None:
        """Tell polis.online where to send notices; repeat it at every start."""
        await self._transport.call(
            "register_callback", "PUT", "/webhooks", json={"url": url}, key=str(uuid4())
        )

    async def vehicle_by_plate(self, plate: str) -> Vehicle | None:
        """See the port."""
        value = await self._transport.call("vehicle", "GET", "/vehicles", params={"plate": plate})
        return read(wire.read_vehicle, value)

    async def kbm(self, driver: Driver, on_date: date) -> Kbm:
        """See the port; `unavailable` also when the source is slower than the polling bound."""
        return await self._kbm({"driver": wire.driver_body(driver), "date": wire.to_date(on_date)})

    async def kbm_by_license(self, license_number: str) -> Kbm:
        """See the port."""
        return await self._kbm({"driver": {"licence": license_number}})

    async def previous_policy(self, plate: str) -> PreviousPolicy | None:
        """See the port; a silent source is an error of kind `unavailable`, not None."""
        value = await self._transport.call(
            "previous_policy", "GET", "/previous-policies", params={"plate": plate}
        )
        if not value.get("sourceAnswered"):
            raise unavailable("provider_unavailable", DOWN, reason="source_silent")
        return read(wire.read_previous_policy, value)

    async def _kbm(self, body: wire.Json) -> Kbm:
        value = await self._transport.call(
            "create_kbm", "POST", "/kbm-requests", json=body, key=str(uuid4())
        )
        request_id = read(lambda found: str(found["requestId"]), value)

        async def look() -> Kbm | None:
            found = await self._transport.call("kbm", "GET", f"/kbm-requests/{request_id}")
            return read(wire.read_kbm, found)

        return await self.polled(look) or Kbm(status=KbmStatus.UNAVAILABLE)
