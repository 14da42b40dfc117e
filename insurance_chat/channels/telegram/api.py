"""Calls of the Bot API over the process' HTTP client: one place for the token, time-outs, errors.

Answers stay as they came: a field or a kind of update that nobody knows yet must neither stop a bot
nor make a message that was sent look unsent.
Source: https://core.telegram.org/bots/api#making-requests.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from insurance_chat.channels.ports import ChannelError, Failure
from insurance_chat.channels.telegram.failures import refusal, unreachable
from insurance_chat.channels.telegram.settings import TelegramSettings

#: Seconds for a file to go over.
TRANSFER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file for a multipart call: never by address, which Telegram would fetch itself and fail.

    Args:
        name: as the client sees it.
    """

    data: bytes = field(repr=False)
    name: str
    mime: str


class BotApi:
    """Calls methods for any bot.

    Args:
        settings: address of the Bot API and how long to wait.
        http: client whose pool has room for one waiting call per bot.
    """

    def __init__(self, settings: TelegramSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http
        self._base = settings.telegram_api_url.rstrip("/")

    @property
    def host(self) -> str:
        """Name of the server for people."""
        return self._base.partition("://")[2].partition("/")[0]

    async def call(
        self,
        token: str,
        method: str,
        fields: Mapping[str, Any] | None = None,
        *,
        uploads: Mapping[str, Upload] | None = None,
        wait: float = 0.0,
    ) -> Any:
        """The `result` of a method.

        Args:
            uploads: files by the name that `fields` call them (`attach://<name>`).
            wait: seconds that the method itself may take, beside the usual time-out.

        Raises:
            ChannelError: see `failures.refusal`.
        """
        usual = self._settings.telegram_timeout_seconds
        longest = max(usual + wait, TRANSFER_SECONDS if uploads else 0.0)
        given = dict(fields or {})
        try:
            if uploads:
                response = await self._http.post(
                    self._url(token, method),
                    data={name: _flat(value) for name, value in given.items()},
                    files={name: (f.name, f.data, f.mime) for name, f in uploads.items()},
                    timeout=httpx.Timeout(usual, read=longest, write=longest),
                )
            else:
                response = await self._http.post(
                    self._url(token, method),
                    json=given,
                    timeout=httpx.Timeout(usual, read=longest),
                )
        except (httpx.HTTPError, httpx.InvalidURL):
            raise unreachable(self.host) from None
        return _result(response)

    async def download(self, token: str, path: str) -> AsyncIterator[bytes]:
        """Content of a file by the path that `getFile` has told.

        Raises:
            ChannelError: it is gone, or Telegram does not answer.
        """
        timeout = httpx.Timeout(self._settings.telegram_timeout_seconds, read=TRANSFER_SECONDS)
        url = f"{self._base}/file/bot{token}/{path}"
        try:
            async with self._http.stream("GET", url, timeout=timeout) as response:
                if response.status_code != 200:
                    raise _gone(response.status_code)
                async for piece in response.aiter_bytes():
                    yield piece
        except (httpx.HTTPError, httpx.InvalidURL):
            raise unreachable(self.host) from None

    def _url(self, token: str, method: str) -> str:
        return f"{self._base}/bot{token}/{method}"


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _result(response: httpx.Response) -> Any:
    try:
        content = response.json()
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    if response.is_success and content.get("ok") is True:
        return content.get("result")
    if response.is_success:
        raise ChannelError(Failure.RETRY, "Telegram ответил непонятно.")
    raise refusal(response.status_code, content)


def _gone(status: int) -> ChannelError:
    if status in (400, 401, 403, 404, 410):
        return ChannelError(Failure.REFUSED, "Этого файла в Telegram больше нет.")
    return ChannelError(Failure.RETRY, f"Telegram не отдал файл (ошибка {status}).")
