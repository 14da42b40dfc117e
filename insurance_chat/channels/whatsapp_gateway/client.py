"""Calls of the gateway and what their failures mean.

Source: docs/openapi.yaml and src/pkg/error of aldinokemal/go-whatsapp-web-multidevice: answers are
`{"status", "code", "message", "results"}`; a phone that is not paired answers `AUTHENTICATION_ERROR`,
a wrong password answers 401 without such a code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from insurance_chat.channels.ports import ChannelError, Failure, Secrets

CALL_SECONDS = 15.0
FILE_SECONDS = 90.0
DEVICE_HEADER = "X-Device-Id"
WRONG_LOGIN = "Шлюз не принял имя и пароль. Они заданы параметром --basic-auth при его запуске."
SILENT = "Шлюз WhatsApp не отвечает. Проверьте, что программа запущена и адрес верный."
UNPAIRED = "Телефон отвязан от шлюза. Покажите ему QR-код ещё раз."
FOREIGN = "По этому адресу отвечает не шлюз WhatsApp версии 8 или новее."
#: Codes of the gateway that say what to do; the rest goes by the HTTP status.
_CODES: Mapping[str, tuple[Failure, str]] = {
    "AUTHENTICATION_ERROR": (Failure.ACCOUNT, UNPAIRED),
    "DEVICE_NOT_FOUND": (Failure.ACCOUNT, "Шлюз не знает этого устройства. Подключите его заново."),
    "DEVICE_ID_REQUIRED": (Failure.ACCOUNT, "Шлюз не понял, какое это устройство."),
    "INVALID_JID": (Failure.REFUSED, "Этого номера нет в WhatsApp."),
    "VALIDATION_ERROR": (Failure.REFUSED, "Шлюз не принял сообщение."),
    # The restriction is lifted by WhatsApp, in hours; a person sends the message again.
    "WA_REACHOUT_TIMELOCK": (
        Failure.REFUSED,
        "WhatsApp временно запретил этому номеру писать первым. Попросите клиента написать вам.",
    ),
}


class GatewayError(ChannelError):
    """A refusal of the gateway, with its own code and status.

    Args:
        code: `ALREADY_LOGGED_IN`, `INVALID_JID`, …; empty when the answer was not the gateway's.
        status: HTTP status, 0 when there was no answer.
    """

    def __init__(
        self, failure: Failure, words: str, *, code: str = "", status: int = 0, after: float = 0.0
    ) -> None:
        super().__init__(failure, words, after)
        self.code = code
        self.status = status


def checked_url(given: str) -> str:
    """The gateway's address without a slash at the end.

    Raises:
        ValueError: it is not a plain http(s) address.
    """
    url = given.strip().rstrip("/")
    parts = urlsplit(url)
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError(given)
    return url


class Gateway:
    """The gateway as one device of ours sees it.

    Args:
        http: the client of the process.
        secrets: `url`, `user`, `password`.
        device: how the device is called in the gateway; empty for calls about no device.
    """

    def __init__(self, http: httpx.AsyncClient, secrets: Secrets, device: str = "") -> None:
        self._http = http
        self._base = secrets["url"]
        user = secrets.get("user", "")
        self._auth = httpx.BasicAuth(user, secrets.get("password", "")) if user else None
        self._device = device
        self.path = f"/devices/{quote(device, safe='')}"

    async def call(
        self, method: str, path: str, *, seconds: float = CALL_SECONDS, **request: Any
    ) -> Any:
        """One call; gives `results` of the answer.

        Args:
            seconds: how long to wait.
            request: `json`, `params`, `data`, `files` of httpx.

        Raises:
            GatewayError: see `Failure`.
        """
        try:
            answer = await self._http.request(
                method,
                self._base + path,
                auth=self._auth or httpx.USE_CLIENT_DEFAULT,
                headers=self._headers(),
                timeout=seconds,
                **request,
            )
        except httpx.HTTPError:
            # Never with the error's own text: it carries the address.
            raise GatewayError(Failure.RETRY, SILENT) from None
        return _results(answer)

    async def file(self, path: str) -> AsyncIterator[bytes]:
        """A file that the gateway serves, in pieces.

        Raises:
            GatewayError: it is gone, or the gateway does not answer.
        """
        try:
            async with self._http.stream(
                "GET",
                self._base + path,
                auth=self._auth or httpx.USE_CLIENT_DEFAULT,
                headers=self._headers(),
                timeout=FILE_SECONDS,
            ) as answer:
                if answer.status_code in (404, 410):
                    raise GatewayError(Failure.REFUSED, "Файла в шлюзе уже нет.", status=404)
                if answer.status_code != 200:
                    await answer.aread()
                    _results(answer)
                    raise GatewayError(Failure.REFUSED, FOREIGN)
                async for piece in answer.aiter_bytes():
                    yield piece
        except httpx.HTTPError:
            raise GatewayError(Failure.RETRY, SILENT) from None

    def local(self, told: str) -> str:
        """Path below our base of a file that the gateway has named by a path or a whole address.

        Only the path is taken: a gateway behind a proxy does not know its own address, and a
        forged one must not lead our password elsewhere.

        Raises:
            GatewayError: it is not a file of the gateway.
        """
        path = urlsplit(told.replace("\\", "/")).path.lstrip("/")
        at = path.find("statics/")
        if at < 0 or ".." in path.split("/"):
            raise GatewayError(Failure.REFUSED, "Шлюз не отдаёт этот файл.")
        return "/" + quote(path[at:])

    def _headers(self) -> dict[str, str]:
        return {DEVICE_HEADER: self._device} if self._device else {}


def _results(answer: httpx.Response) -> Any:
    try:
        content = answer.json()
    except ValueError:
        content = None
    told = content if isinstance(content, dict) else {}
    if answer.is_success:
        if "results" not in told:
            raise GatewayError(Failure.REFUSED, FOREIGN, status=answer.status_code)
        return told["results"]
    raise _refusal(answer, str(told.get("code", "")))


def _refusal(answer: httpx.Response, code: str) -> GatewayError:
    status = answer.status_code
    failure, words = _CODES.get(code) or _by_status(status)
    after = 0.0
    if failure is Failure.LATER:
        after = _seconds(answer.headers.get("retry-after", ""))
    return GatewayError(failure, words, code=code, status=status, after=after)


def _by_status(status: int) -> tuple[Failure, str]:
    if status in (401, 403):
        return Failure.ACCOUNT, WRONG_LOGIN
    if status == 429:
        return Failure.LATER, "Шлюз просит писать медленнее."
    if status >= 500:
        return Failure.RETRY, f"Шлюз ответил ошибкой {status}."
    if status == 413:
        return Failure.REFUSED, "Файл слишком большой для шлюза."
    return Failure.REFUSED, f"Шлюз отказал: ошибка {status}."


def _seconds(value: str) -> float:
    return min(float(value), 3600.0) if value.isdigit() else 30.0
