"""Bodies of the emulated model: whole, in chunks, broken on purpose."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from insurance_chat.sandbox.llm.script import Answer

LETTERS_PER_TOKEN = 4
PIECE = 12
SHORTEST_SAID = 4
MOST_LINES = 8
_PASSAGE = re.compile(r"^\[1\] [^\n]*\n(.*?)(?=\n\n\[\d+\] |\n</)", re.DOTALL | re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[А-ЯЁA-Z«\d])")


class BrokenResponse(Response):
    """Sends some pieces and never ends, so that the server cuts the connection.

    Args:
        pieces: what still gets through.
        media_type: of the answer that never comes whole.
    """

    def __init__(self, pieces: list[bytes], media_type: str) -> None:
        super().__init__(media_type=media_type)
        self._pieces = pieces

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", str(self.media_type).encode()),
            (b"content-length", b"100000"),  # promised, never sent
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in self._pieces or [b"{"]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})


def tokens_of(text: str) -> int:
    """A rough count, the same for the same text."""
    return max(1, len(text) // LETTERS_PER_TOKEN)


def usage_of(answer: Answer, prompt: str, text: str) -> Any:
    """What the answer says of its cost."""
    if answer.no_usage:
        return None
    if answer.usage is not None:
        return answer.usage
    asked, said = tokens_of(prompt), tokens_of(text)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def refusal(answer: Answer) -> Response:
    """An error as the provider words it, or a body that is no JSON."""
    status = answer.status or 200
    headers = {} if answer.retry_after is None else {"Retry-After": str(answer.retry_after)}
    if answer.raw is not None:
        return Response(answer.raw, status, headers, media_type="application/json")
    error = answer.error or {"message": "scripted failure", "type": "error", "code": str(status)}
    body: dict[str, Any] = {"error": error}
    if answer.usage is not None:
        body["usage"] = answer.usage
    return JSONResponse(body, status, headers)


def whole(answer: Answer, text: str, model: str, usage: Any) -> dict[str, Any]:
    """A completion in one body."""
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if answer.refusal is not None:
        message |= {"content": None, "refusal": answer.refusal}
    if answer.tool_calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for number, call in enumerate(answer.tool_calls)
        ]
    finish = answer.finish_reason or ("tool_calls" if answer.tool_calls else "stop")
    body = {
        "id": f"chatcmpl-{uuid4().hex[:12]}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }
    return body if usage is None else {**body, "usage": usage}


def quoting(body: dict[str, Any], last: str) -> str | None:
    """An honest answer to a question with numbered passages: the first one, sentence by sentence.

    None for any other prompt.
    """
    messages = body.get("messages") or [{}]
    first = _PASSAGE.search(last)
    if not str(messages[0].get("content")).startswith("# prompt: answer ") or first is None:
        return None
    lines = [
        [part for part in _SENTENCE_END.split(line) if len(part) >= SHORTEST_SAID]
        for line in first[1].splitlines()
    ]
    said = [" ".join(f"{part} [[1|{part}]]" for part in line) for line in lines if line]
    return "\n".join(said[:MOST_LINES])


def events(answer: Answer, text: str, model: str, usage: Any) -> list[bytes]:
    """A completion as server-sent events."""
    pieces = answer.chunks
    if pieces is None:
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    name = f"chatcmpl-{uuid4().hex[:12]}"

    def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
        body = {"id": name, "object": "chat.completion.chunk", "created": 0, "model": model}
        line = json.dumps({**body, "choices": choices, **more}, ensure_ascii=False)
        return f"data: {line}\n\n".encode()

    def choice(delta: dict[str, Any], finish: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta": delta, "finish_reason": finish}]

    lines = [event(choice({"role": "assistant", "content": ""}))]
    lines += [event(choice({"content": piece})) for piece in pieces]
    if answer.cut == "middle":
        return lines
    lines.append(event(choice({}, answer.finish_reason or "stop")))
    if usage is not None:
        lines.append(event([], usage=usage))
    return [*lines, b"data: [DONE]\n\n"]


async def paced(lines: list[bytes], seconds: float) -> AsyncIterator[bytes]:
    """Lines with a pause between them."""
    for number, line in enumerate(lines):
        if number and seconds:
            await asyncio.sleep(seconds)
        yield line


def sample(schema: dict[str, Any], definitions: dict[str, Any] | None = None) -> Any:
    """The emptiest value that fits a JSON schema."""
    known = definitions or schema.get("$defs", {})
    if "$ref" in schema:
        return sample(known[schema["$ref"].rpartition("/")[2]], known)
    for name in ("const", "enum"):
        if name in schema:
            return schema[name] if name == "const" else schema[name][0]
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return sample(
            next((one for one in options if one.get("type") == "null"), options[0]), known
        )
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return {name: sample(one, known) for name, one in fields.items()}
    empty = {"array": [], "string": "", "integer": 0, "number": 0, "boolean": False}
    return empty.get(str(schema.get("type")))
