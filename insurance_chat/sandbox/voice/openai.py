"""Addresses of OpenAI-compatible speech, and of a place with models of recognition.

Source: https://platform.openai.com/docs/api-reference/audio.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse

from insurance_chat.sandbox.context import sandbox_of
from insurance_chat.sandbox.voice.script import VoiceAnswer, VoiceScript
from insurance_chat.sandbox.voice.tones import sing

router = APIRouter(prefix="/voice/v1")
models = APIRouter(prefix="/voice/models")
control = APIRouter(prefix="/control/voice")
_UNSCRIPTED = "учебная запись"
# Small stand-ins of a model: the download is real, the weights are not.
_FILES = {
    "config.json": b'{"model_type": "whisper", "sandbox": true}',
    "tokenizer.json": b'{"version": "1.0"}',
    "vocabulary.txt": "\n".join(f"слово{number}" for number in range(500)).encode(),
    "model.bin": bytes(range(256)) * 8192,
}


@router.post("/audio/transcriptions")
async def transcribe(
    request: Request,
    file: UploadFile,
    model: Annotated[str, Form()],
    language: Annotated[str, Form()] = "",
) -> Response:
    """Hear a recording: what the script says of it, else always the same words."""
    data = await file.read()
    digest = hashlib.sha256(data).hexdigest()
    answer = await _asked(
        request, digest, model=model, size=len(data), sha256=digest, name=file.filename
    )
    refused = _refused(answer)
    if refused is not None:
        return refused
    if not data:
        return JSONResponse({"error": {"message": "Audio file is too short"}}, 400)
    text = _UNSCRIPTED if answer.text is None else answer.text
    return JSONResponse({"text": text, "language": language or "ru"})


@router.post("/audio/speech")
async def speak(request: Request, body: Annotated[dict[str, Any], Body()]) -> Response:
    """Say a text: real sound, but a melody instead of a voice."""
    answer = await _asked(request, "", model=body.get("model"), input=body.get("input"))
    refused = _refused(answer)
    if refused is not None:
        return refused
    sound = await asyncio.to_thread(sing, str(body.get("input") or ""))
    return Response(sound, media_type="audio/ogg")


@models.get("/{name}/{file}")
async def model_file(name: str, file: str) -> Response:
    """A file of a recognition model, tagged as Hugging Face does; `broken` has damaged files."""
    content = _FILES.get(file)
    if content is None or name not in ("small", "broken", "unsigned"):
        return JSONResponse({"error": "Entry not found"}, 404)
    headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"'} if name != "unsigned" else {}
    if len(content) < 10_000 and headers:
        git = hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False)
        headers = {"ETag": f'"{git.hexdigest()}"'}
    if name == "broken" and file == "model.bin":
        content = content[:-1] + b"!"
    return Response(content, media_type="application/octet-stream", headers=headers)


@control.get("/answers")
async def answers(request: Request) -> Response:
    """The script that is not used up yet."""
    listed = [one.model_dump(exclude_defaults=True) for one in _script(request).listed()]
    return JSONResponse({"answers": listed})


@control.post("/answers")
async def add_answer(request: Request, answer: VoiceAnswer) -> Response:
    """Append one answer to the script; 422 for an unknown field."""
    _script(request).add(answer)
    return JSONResponse({"ok": True}, 201)


@control.delete("/answers")
async def clear(request: Request) -> Response:
    """Forget the script and the requests."""
    _script(request).clear()
    return JSONResponse({"ok": True})


@control.get("/requests")
async def requests(request: Request) -> Response:
    """What was asked, oldest first; of recordings only size and hash."""
    return JSONResponse({"requests": _script(request).requests()})


async def _asked(request: Request, digest: str, **asked: Any) -> VoiceAnswer:
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    script = _script(request)
    script.note(sandbox_of(request).now(), request.url.path, key, **asked)
    answer = script.take(request.url.path, digest)
    await asyncio.sleep(answer.delay)
    return answer


def _refused(answer: VoiceAnswer) -> Response | None:
    if answer.garbage:
        return Response(json.dumps(["это не ответ"]), media_type="application/json")
    if answer.status is None:
        return None
    wait = {} if answer.retry_after is None else {"Retry-After": str(answer.retry_after)}
    error = {"message": "scripted failure", "type": "error", "code": str(answer.status)}
    return JSONResponse({"error": error}, answer.status, wait)


def _script(request: Request) -> VoiceScript:
    return sandbox_of(request).voice
