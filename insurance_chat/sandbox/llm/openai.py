"""Addresses of an OpenAI-compatible model."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from insurance_chat.sandbox.context import sandbox_of
from insurance_chat.sandbox.llm import answers, obey
from insurance_chat.sandbox.llm.script import SHOWN_OF_KEY, Answer, ModelScript

router = APIRouter(prefix="/llm/v1")
MODELS = ("sandbox-model", "gpt-4o-mini", "sandbox-embedding", "sandbox-rerank")
DIMENSIONS = 64
STEM = 5  # letters; so forms of a word are alike
_SIZE = re.compile(r"-(\d{1,4})$")


@router.get("/models")
async def models(request: Request) -> Response:
    """Models on offer."""
    listed = [{"id": name, "object": "model", "owned_by": "sandbox"} for name in MODELS]
    return JSONResponse({"object": "list", "data": listed})


@router.post("/chat/completions")
async def chat(request: Request) -> Response:
    """Answer a chat."""
    return await chat_of(request, bearer(request)[-SHOWN_OF_KEY:])


@router.post("/embeddings")
async def embeddings(request: Request) -> Response:
    """Vectors that are the same for the same text and close for texts with words in common.

    Words that the script calls equal in meaning count as one word. A number at the end of the
    model's name is how long its vectors are: `sandbox-embedding-256`.
    """
    body = await _asked(request, bearer(request)[-SHOWN_OF_KEY:])
    texts = [body["input"]] if isinstance(body.get("input"), str) else list(body.get("input", []))
    scripted = script_of(request).take(request.url.path, _key(request), " ".join(map(str, texts)))
    if scripted is not None:
        await asyncio.sleep(scripted.delay)
        if scripted.cut is not None:
            return answers.BrokenResponse([], "application/json")
        if scripted.status or scripted.raw is not None:
            return answers.refusal(scripted)
    script, model = script_of(request), str(body.get("model"))
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(str(text), model, script)}
        for index, text in enumerate(texts)
    ]
    used = sum(answers.tokens_of(str(text)) for text in texts)
    usage = {"prompt_tokens": used, "total_tokens": used}
    return JSONResponse(
        {"object": "list", "data": data, "model": body.get("model"), "usage": usage}
    )


@router.post("/rerank")
async def rerank(request: Request) -> Response:
    """Scores by words in common, best first."""
    body = await _asked(request, bearer(request)[-SHOWN_OF_KEY:])
    wanted = set(str(body.get("query", "")).lower().split())
    results = [
        {"index": index, "relevance_score": len(wanted & set(str(text).lower().split()))}
        for index, text in enumerate(body.get("documents", []))
    ]
    results.sort(key=lambda one: -one["relevance_score"])
    return JSONResponse({"model": body.get("model"), "results": results})


async def chat_of(request: Request, key: str) -> Response:
    """Answer a chat of whoever holds this key.

    Args:
        key: the last letters; empty means that no key came.
    """
    body = await _asked(request, key)
    if not key:
        unknown = {"message": "You didn't provide an API key.", "type": "invalid_request_error"}
        return JSONResponse({"error": {**unknown, "code": None}}, 401)
    last = _last(body)
    scripted = script_of(request).take(request.url.path, key, last)
    if scripted is None:
        scripted = _obeying(script_of(request), body)
    await asyncio.sleep(scripted.delay)
    if scripted.cut == "start":
        return answers.BrokenResponse([], "application/json")
    if scripted.status is not None or scripted.raw is not None:
        return answers.refusal(scripted)
    text = _text(scripted, body, last)
    prompt = "".join(str(one.get("content")) for one in body.get("messages", []))
    usage = answers.usage_of(scripted, prompt, text)
    model = str(body.get("model"))
    if body.get("stream"):
        lines = answers.events(scripted, text, model, usage)
        if scripted.cut == "middle":
            return answers.BrokenResponse(lines, "text/event-stream")
        return StreamingResponse(
            answers.paced(lines, scripted.chunk_delay), media_type="text/event-stream"
        )
    whole = answers.whole(scripted, text, model, usage)
    if scripted.cut == "middle":
        return answers.BrokenResponse([json.dumps(whole).encode()[:60]], "application/json")
    return JSONResponse(whole)


def _obeying(script: ModelScript, body: dict[str, Any]) -> Answer:
    if not script.obedient:
        return Answer()
    answer, done = obey.obey(body.get("messages") or [])
    if done is not None:
        script.obeyed.append(done.document())
    return answer


def script_of(request: Request) -> ModelScript:
    """The script of this sandbox."""
    return sandbox_of(request).llm


def bearer(request: Request) -> str:
    """The key that came, empty when none did."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _key(request: Request) -> str:
    return bearer(request)[-SHOWN_OF_KEY:]


async def _asked(request: Request, key: str) -> dict[str, Any]:
    body = await request.json()
    found: dict[str, Any] = body if isinstance(body, dict) else {}
    script_of(request).note(sandbox_of(request).now(), request.url.path, key, found)
    return found


def _last(body: dict[str, Any]) -> str:
    messages = body.get("messages") or [{}]
    return str(messages[-1].get("content") or "")


def _text(scripted: Answer, body: dict[str, Any], last: str) -> str:
    if scripted.text is not None:
        return scripted.text
    if scripted.chunks is not None:
        return "".join(scripted.chunks)
    if scripted.tool_calls or scripted.refusal is not None:
        return ""
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        schema = wanted["json_schema"]["schema"]
        return json.dumps(answers.sample(schema), ensure_ascii=False)
    return answers.quoting(body, last) or f"Учебная модель прочла: {last}"


def _vector(text: str, model: str, script: ModelScript) -> list[float]:
    """Words thrown into as many boxes as the model has; two models throw them differently."""
    size = _SIZE.search(model)
    vector = [0.0] * (int(size[1]) if size else DIMENSIONS)
    for word in re.findall(r"\w+", script.meaning_of(text.lower())):
        box = hashlib.sha256(f"{model} {word[:STEM]}".encode()).digest()
        vector[int.from_bytes(box[:4], "big") % len(vector)] += 1.0
    length = sum(one * one for one in vector) ** 0.5 or 1.0
    return [one / length for one in vector]
