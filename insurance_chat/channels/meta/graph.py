"""Calls of the Graph API over HTTP; a token travels in a header, never in an address or an error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from insurance_chat.channels.meta.errors import Meanings, refusal
from insurance_chat.channels.meta.hooks import reachable
from insurance_chat.channels.ports import ChannelError, Failure

#: Hosts of Meta that keep media; a token is sent to no other host.
MEDIA_HOSTS = (
    ".fbsbx.com",
    ".fbcdn.net",
    ".facebook.com",
    ".whatsapp.net",
    ".whatsapp.com",
    ".cdninstagram.com",
    ".instagram.com",
)
Json = dict[str, Any]


class Graph:
    """One host of the Graph API.

    Args:
        base_url: e.g. `https://graph.facebook.com`, without the version.
        version: e.g. `v24.0`.
        timeout: seconds for one call.
        http: the client of the process.
        meanings: what the messenger's own error codes mean.
        name: how the other side is called in Russian sentences.
    """

    def __init__(
        self,
        base_url: str,
        version: str,
        timeout: float,
        http: httpx.AsyncClient,
        meanings: Meanings,
        name: str,
    ) -> None:
        self._root = base_url.rstrip("/")
        self._version = version.strip("/")
        self._timeout = timeout
        self._http = http
        self._meanings = meanings
        self._name = name

    def can_call(self, address: str) -> bool:
        """Whether the other side can open an address of ours."""
        return reachable(address, self._root)

    async def get(self, path: str, token: str, **params: str) -> Json:
        """Read an object.

        Raises:
            ChannelError: `GraphError` when Meta answered with an error.
        """
        return await self._call("GET", path, token, params=params)

    async def get_unversioned(self, path: str, token: str, **params: str) -> Json:
        """Read one of the few addresses that have no version in them.

        Raises:
            ChannelError: `GraphError` when Meta answered with an error.
        """
        return await self._call("GET", path, token, versioned=False, params=params)

    async def post(self, path: str, token: str, json: Json | None = None, **params: str) -> Json:
        """Change something.

        Raises:
            ChannelError: `GraphError` when Meta answered with an error.
        """
        return await self._call("POST", path, token, params=params, json=json)

    async def delete(self, path: str, token: str) -> Json:
        """Take something back.

        Raises:
            ChannelError: `GraphError` when Meta answered with an error.
        """
        return await self._call("DELETE", path, token)

    async def upload(
        self, path: str, token: str, form: dict[str, str], name: str, mime: str, data: bytes
    ) -> Json:
        """Send a file as a form.

        Raises:
            ChannelError: `GraphError` when Meta answered with an error.
        """
        files = {"file": (name, data, mime)}
        return await self._call("POST", path, token, data=form, files=files)

    async def _call(
        self, verb: str, path: str, token: str, versioned: bool = True, **content: Any
    ) -> Json:
        root = f"{self._root}/{self._version}" if versioned else self._root
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self._http.request(
                verb, f"{root}/{path}", headers=headers, timeout=self._timeout, **content
            )
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise self._silence(problem) from None
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> Json:
        try:
            content = answer.json()
        except ValueError:
            content = None
        found = content if isinstance(content, dict) else {}
        error = found.get("error")
        if answer.is_success and not isinstance(error, dict) and content is not None:
            return found
        after = answer.headers.get("retry-after", "")
        seconds = float(after) if after.isdigit() else 0.0
        status = answer.status_code
        if answer.is_success and not isinstance(error, dict):
            status = 502  # a page instead of an answer: something stands between us and Meta
        raise refusal(error if isinstance(error, dict) else {}, status, self._meanings, seconds)

    def _silence(self, problem: Exception) -> ChannelError:
        host = urlsplit(self._root).netloc
        if isinstance(problem, httpx.TimeoutException):
            return ChannelError(Failure.RETRY, f"{self._name} ({host}) долго не отвечает.")
        return ChannelError(Failure.RETRY, f"Нет связи с {self._name} ({host}).")

    async def stream(self, url: str, token: str = "") -> AsyncIterator[bytes]:
        """Content at an address that Meta gave, in pieces.

        Args:
            token: sent along when the address wants it.

        Raises:
            ChannelError: it is gone, or the address is not one of Meta's.
        """
        if not self._trusted(url):
            raise ChannelError(Failure.REFUSED, "Адрес файла не принадлежит Meta.")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._http.stream(
                "GET", url, headers=headers, timeout=self._timeout
            ) as answer:
                if not answer.is_success:
                    raise self._no_file(answer.status_code)
                async for piece in answer.aiter_bytes():
                    yield piece
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise self._silence(problem) from None

    def _trusted(self, url: str) -> bool:
        there, here = urlsplit(url), urlsplit(self._root)
        if (there.scheme, there.netloc) == (here.scheme, here.netloc):
            return True
        return there.scheme == "https" and f".{there.hostname}".endswith(MEDIA_HOSTS)

    def _no_file(self, status: int) -> ChannelError:
        if status == 401:
            return ChannelError(Failure.ACCOUNT, "Токен не даёт скачивать файлы.")
        if status == 429 or status >= 500:
            return ChannelError(Failure.RETRY, f"{self._name} не отдаёт файл, попробуем ещё раз.")
        return ChannelError(Failure.REFUSED, "Файл больше не доступен: Meta хранит его недолго.")


def text_of(content: Mapping[str, Any], name: str) -> str:
    """A field of an answer as a string; empty when it is absent or something else."""
    value = content.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
