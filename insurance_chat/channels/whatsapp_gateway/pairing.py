"""The QR code of a device: asked for once and shown until it grows old."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from insurance_chat.channels.ports import Failure
from insurance_chat.channels.whatsapp_gateway.client import Gateway, GatewayError

#: The gateway tells half of a code's life (`evt.Timeout / 2`); every new request begins the pairing
#: anew, so a code is kept for nearly all of its life or nobody could ever finish scanning.
LIVES = 1.7
LEAST_SECONDS = 15.0
LOGIN_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class _Code:
    picture: bytes = field(repr=False)
    until: float


class Codes:
    """Codes on show, by connection."""

    def __init__(self) -> None:
        self._shown: dict[int, _Code] = {}

    def forget(self, connection_id: int) -> None:
        """The phone is paired, or the account is gone."""
        self._shown.pop(connection_id, None)

    async def picture(self, connection_id: int, gateway: Gateway) -> bytes | None:
        """PNG to show now; None when the phone is paired already.

        Raises:
            GatewayError: the gateway does not answer.
        """
        known = self._shown.get(connection_id)
        if known is not None and time.monotonic() < known.until:
            return known.picture
        try:
            told = await gateway.call("GET", f"{gateway.path}/login", seconds=LOGIN_SECONDS)
        except GatewayError as error:
            if error.code == "ALREADY_LOGGED_IN":
                return None
            if error.code == "SESSION_SAVED_ERROR":
                words = "Шлюз восстанавливает прежнюю связь с телефоном, подождите."
                raise GatewayError(Failure.RETRY, words) from None
            raise
        path = gateway.local(str(told.get("qr_link", "")))
        picture = b"".join([piece async for piece in gateway.file(path)])
        life = max(LEAST_SECONDS, float(told.get("qr_duration") or 0) * LIVES)
        self._shown[connection_id] = _Code(picture, time.monotonic() + life)
        return picture
