"""An OpenAI-compatible model that answers at once; it serves both sides of `python -m bench chat`.

It reads only what it must: the product's understanding is told that the client asks a question, its
answering gets the first sentence of the first passage with its citation, everybody else a fixed
sentence. `GET /calls` says how many answers it gave.
"""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FIXED = "Полис можно оформить здесь, в чате: понадобятся документы на машину и права водителей."
_UNREAD = re.compile(r"<новые_сообщения>\nклиент: (.*?)(?:\n|$)")
_PASSAGE = re.compile(r"^\[1\]\s*(.+)$", re.MULTILINE)
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
_calls = 0


def _text(messages: list[dict[str, Any]]) -> str:
    name = str(messages[0].get("content") or "")[:30]
    asked = str(messages[-1].get("content") or "")
    if name.startswith("# prompt: understand"):
        found = _UNREAD.search(asked)
        quote = found[1] if found else ""
        return json.dumps(
            {"commands": [{"do": "ask_question", "quote": quote}]}, ensure_ascii=False
        )
    if name.startswith("# prompt: answer"):
        return _cited(asked)
    return FIXED


def _cited(asked: str) -> str:
    found = _PASSAGE.search(asked)
    if found is None:
        return "[[0]]"
    rest = asked[found.start(1) : found.start(1) + 1500].partition("\n[2]")[0]
    for line in rest.split("\n")[1:] or [rest]:
        sentence = _SENTENCE.match(line.strip())
        if sentence and len(sentence[0].split()) > 3:
            return f"{sentence[0]} [[1|{sentence[0].rstrip('.!?')}]]"
    return "[[0]]"


def _chunks(text: str) -> bytes:
    lines = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]}]
    lines.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    lines.append({"choices": [], "usage": USAGE})  # type: ignore[dict-item]
    about = {"id": "bench", "object": "chat.completion.chunk", "created": 0, "model": "bench"}
    body = "".join(f"data: {json.dumps(about | line)}\n\n" for line in lines)
    return f"{body}data: [DONE]\n\n".encode()


USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


async def chat(request: Request) -> Response:
    """Answer a chat at once."""
    global _calls  # noqa: PLW0603 - the one counter of a process of its own
    _calls += 1
    body = json.loads(await request.body())
    text = _text(body["messages"])
    if body.get("stream"):
        return Response(_chunks(text), media_type="text/event-stream")
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    about = {"id": "bench", "object": "chat.completion", "created": 0, "model": "bench"}
    return JSONResponse({**about, "choices": [choice], "usage": USAGE})


async def calls(_: Request) -> Response:
    """How many answers were given."""
    return JSONResponse({"calls": _calls})


def create_app() -> Starlette:
    """The model as an application."""
    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/calls", calls),
            Route("/health", calls),
        ]
    )
