"""Calls of OpenAI-compatible models through the kept client library.

Imported by name at the first call: the library costs most of a second and 30 MB.
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletion

from insurance_chat.llm import cassette
from insurance_chat.llm.access import Access
from insurance_chat.llm.failures import CallFailed
from insurance_chat.llm.gigachat import GigaChatAccess
from insurance_chat.llm.ports import ChatRequest, Completion, Delta, Usage, Vectors, Why
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.llm.wire import (
    messages_body,
    options_body,
    read_tool_calls,
    read_usage,
    schema_in_words,
)

# At «debug» these write whole prompts into the log.
for _name in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)
_BY_STATUS = {
    401: Why.WRONG_KEY,
    402: Why.NO_MONEY,
    403: Why.NO_ACCESS,
    404: Why.NO_ACCESS,
    408: Why.TOO_SLOW,
    429: Why.RATE_LIMITED,
}
_NO_MONEY = ("insufficient_quota", "insufficient_balance", "billing_hard_limit_reached")


class OpenAiCaller:
    """One key of one provider. See the port `Caller`.

    Args:
        access: where and with what.
    """

    def __init__(self, access: Access, settings: LlmSettings) -> None:
        self._settings = settings
        self._http = _http(settings)
        self._gigachat = (
            GigaChatAccess(self._http, settings, access.key)
            if access.provider == "gigachat"
            else None
        )
        key: str | Callable[[], Awaitable[str]] = access.key
        self._client = openai.AsyncOpenAI(
            api_key=self._gigachat.token if self._gigachat else key,
            base_url=access.base_url,
            max_retries=0,  # the next key is the retry
            timeout=settings.timeout_seconds,
            http_client=self._http,
        )

    async def complete(self, request: ChatRequest, model: str) -> Completion:
        """See the port."""
        with _failures():
            answer = await self._twice_with_a_stale_token(
                lambda: self._client.chat.completions.create(**self._body(request, model))
            )
            return _completion(answer, model)

    async def stream(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """See the port."""
        body = {**self._body(request, model), "stream": True}
        if self._gigachat is None:
            body["stream_options"] = {"include_usage": True}
        usage, ended = Usage(), False
        with _failures(lambda: usage):
            chunks = await self._twice_with_a_stale_token(
                lambda: self._client.chat.completions.create(**body)
            )
            async with chunks:
                async for chunk in chunks:
                    if getattr(chunk, "usage", None) is not None:
                        usage = read_usage(chunk.usage)
                    for choice in chunk.choices or ():
                        ended = ended or choice.finish_reason is not None
                        if choice.finish_reason == "content_filter":
                            raise CallFailed(Why.REFUSED, usage=usage)
                        if choice.delta.content:
                            yield Delta(choice.delta.content, model=chunk.model or model)
            if not ended:
                # Some proxies end a broken stream as if it were whole.
                raise CallFailed(Why.CUT, usage=usage)
        yield Delta(usage=usage, model=model)

    async def embed(self, texts: Sequence[str], model: str) -> Vectors:
        """See the port."""
        with _failures():
            answer = await self._twice_with_a_stale_token(
                lambda: self._client.embeddings.create(
                    model=model, input=list(texts), encoding_format="float"
                )
            )
            rows = [list(map(float, one.embedding)) for one in _ordered(answer.data)]
            if len(rows) != len(texts):
                raise CallFailed(Why.MALFORMED)
            return Vectors(rows, model, read_usage(answer.usage))

    async def rerank(self, query: str, passages: Sequence[str], model: str) -> list[float]:
        """See the port; the address `/rerank` of vLLM, Jina, Cohere."""
        with _failures():
            body = {"model": model, "query": query, "documents": list(passages)}
            answer: Any = await self._client.post("/rerank", cast_to=object, body=body)
            scores = {int(one["index"]): float(one["relevance_score"]) for one in answer["results"]}
            return [scores[index] for index in range(len(passages))]

    async def close(self) -> None:
        """See the port."""
        await self._client.close()

    def _body(self, request: ChatRequest, model: str) -> dict[str, Any]:
        messages, options = request.messages, options_body(request)
        if self._gigachat is not None and request.output is not None:
            options.pop("response_format")
            messages = (schema_in_words(request.output), *messages)
        settings = self._settings
        warm = settings.temperature if request.temperature is None else request.temperature
        return {
            "model": model,
            "messages": messages_body(messages),
            "temperature": warm,
            "max_tokens": request.max_tokens or settings.max_tokens,
            **options,
        }

    async def _twice_with_a_stale_token(self, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await call()
        except openai.AuthenticationError:
            if self._gigachat is None:
                raise
            # The temporary access ended before its time.
            self._gigachat.forget()
            return await call()


def _http(settings: LlmSettings) -> httpx2.AsyncClient:
    trusted = ssl.create_default_context()
    if settings.ca_file is not None:
        trusted.load_verify_locations(Path(settings.ca_file))
    if settings.cassette:
        tape = cassette.transport(
            settings.cassette, settings.cassette_dir, httpx2.AsyncHTTPTransport(verify=trusted)
        )
        return httpx2.AsyncClient(transport=tape, timeout=settings.timeout_seconds)
    return httpx2.AsyncClient(verify=trusted, timeout=settings.timeout_seconds)


def _completion(answer: Any, model: str) -> Completion:
    usage = read_usage(getattr(answer, "usage", None))
    if not isinstance(answer, ChatCompletion) or not answer.choices:
        raise CallFailed(Why.MALFORMED, usage=usage)
    choice = answer.choices[0]
    if choice.finish_reason == "content_filter" or choice.message.refusal:
        raise CallFailed(Why.REFUSED, usage=usage)
    text, calls = choice.message.content or "", read_tool_calls(choice.message.tool_calls)
    if not text and not calls:
        raise CallFailed(Why.MALFORMED, usage=usage)
    return Completion(text, usage, answer.model or model, choice.finish_reason, tool_calls=calls)


def _ordered(data: Any) -> list[Any]:
    return sorted(data, key=lambda one: one.index)


@contextmanager
def _failures(usage: Callable[[], Usage] = Usage) -> Iterator[None]:
    """Turns every way to fail into `CallFailed`, without the original: it could quote the key."""
    try:
        yield
    except CallFailed:
        raise
    except openai.APIStatusError as refused:
        raise _by_status(refused) from None
    except openai.APITimeoutError:
        raise CallFailed(Why.TOO_SLOW, usage=usage()) from None
    except openai.APIConnectionError as broken:
        raise CallFailed(_connection(broken.__cause__), usage=usage()) from None
    except httpx2.TimeoutException:
        raise CallFailed(Why.TOO_SLOW, usage=usage()) from None
    except httpx2.HTTPError as broken:
        raise CallFailed(_connection(broken), usage=usage()) from None
    except openai.APIError:
        raise CallFailed(Why.SERVER_ERROR, usage=usage()) from None
    except (json.JSONDecodeError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise CallFailed(Why.MALFORMED, usage=usage()) from None


def _by_status(refused: openai.APIStatusError) -> CallFailed:
    status, body = refused.status_code, refused.body
    why = _BY_STATUS.get(status, Why.SERVER_ERROR if status >= 500 else Why.BAD_REQUEST)
    code = body.get("code") or body.get("type") if isinstance(body, dict) else None
    if code in _NO_MONEY:
        why = Why.NO_MONEY
    return CallFailed(why, _retry_after(refused.response), _usage_of_error(refused.response))


def _retry_after(response: httpx2.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.replace(".", "", 1).isdigit() else None


def _usage_of_error(response: httpx2.Response) -> Usage:
    try:
        reported = response.json().get("usage") or {}
        return read_usage(type("Reported", (), dict(reported)))
    except (ValueError, AttributeError, TypeError, httpx2.ResponseNotRead):
        return Usage()


def _connection(broken: BaseException | None) -> Why:
    current = broken
    while current is not None:
        if isinstance(current, ssl.SSLError):
            return Why.CERTIFICATE
        current = current.__cause__ or current.__context__
    if "CERTIFICATE_VERIFY" in str(broken):
        return Why.CERTIFICATE
    unreached = (httpx2.ConnectError, httpx2.UnsupportedProtocol, httpx2.ProxyError)
    return Why.NO_CONNECTION if isinstance(broken, unreached) else Why.CUT
