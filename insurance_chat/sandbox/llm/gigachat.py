"""Addresses of GigaChat: temporary access for a key, then a chat like that of others."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from insurance_chat.sandbox.context import sandbox_of
from insurance_chat.sandbox.llm import answers
from insurance_chat.sandbox.llm.openai import bearer, chat_of, script_of
from insurance_chat.sandbox.llm.script import SHOWN_OF_KEY

router = APIRouter(prefix="/llm/gigachat/api")
SCOPES = ("GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP")


@router.post("/v2/oauth")
async def oauth(request: Request) -> Response:
    """Give temporary access for an authorization key."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    shown = key[-SHOWN_OF_KEY:]
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    script, now = script_of(request), sandbox_of(request).now()
    script.note(now, request.url.path, shown, {name: values[0] for name, values in form.items()})
    scripted = script.take(request.url.path, shown, "")
    if scripted is not None and scripted.status is not None:
        return answers.refusal(scripted)
    if scheme != "Basic" or not _is_base64(key):
        return JSONResponse({"code": 4, "message": "Can't decode 'Authorization' header"}, 400)
    if not request.headers.get("rquid"):
        return JSONResponse({"code": 1, "message": "Missing required header: RqUID"}, 400)
    if form.get("scope", [""])[0] not in SCOPES:
        return JSONResponse({"code": 1, "message": "scope is empty"}, 400)
    token, until = script.issue(shown, now.timestamp())
    return JSONResponse({"access_token": token, "expires_at": until})


@router.post("/v1/chat/completions")
async def chat(request: Request) -> Response:
    """Answer a chat; the temporary access must not have ended."""
    now = sandbox_of(request).now().timestamp()
    key = script_of(request).key_of(bearer(request), now)
    if key is None:
        return JSONResponse({"status": 401, "message": "Token has expired"}, 401)
    return await chat_of(request, key)


def _is_base64(key: str) -> bool:
    try:
        return bool(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return False
