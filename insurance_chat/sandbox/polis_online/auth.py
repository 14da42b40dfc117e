"""Partners of the aggregator: registration, access and refresh tokens."""

from __future__ import annotations

import hmac
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from insurance_chat.sandbox.context import Sandbox, sandbox_of
from insurance_chat.sandbox.polis_online.idempotency import once
from insurance_chat.sandbox.polis_online.wire import WireError, answer, json_body
from insurance_chat.sandbox.store import Doc

router = APIRouter()


def partner_of(request: Request) -> Doc:
    """The partner whose access token came with the request.

    Raises:
        WireError: 401 for a missing, unknown or expired token.
    """
    sandbox = sandbox_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = sandbox.store.get("token", _hash(token)) if scheme.lower() == "bearer" else None
    if found is None or found["use"] != "access":
        raise WireError(401, "token_invalid", "Токен доступа не подходит")
    if found["expiresAt"] <= sandbox.now().timestamp():
        raise WireError(401, "token_expired", "Срок действия токена истёк")
    partner = sandbox.store.get("partner", found["login"])
    if partner is None:
        raise WireError(401, "token_invalid", "Токен доступа не подходит")
    return partner


Partner = Annotated[Doc, Depends(partner_of)]


@router.post("/partners")
async def register(request: Request) -> Response:
    """Create a partner; the webhook secret is the one given or a new one."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    login, password = str(body.get("login") or "").strip(), str(body.get("password") or "")
    fields = []
    if not login:
        fields.append({"name": "login", "message": "Логин: заполните поле"})
    if len(password) < 8:
        fields.append({"name": "password", "message": "Пароль: не короче 8 символов"})
    if fields:
        raise WireError(422, "validation", "Проверьте данные", fields)
    if sandbox.store.get("partner", login):
        raise WireError(409, "login_taken", "Этот логин уже занят")
    partner = {
        "id": str(uuid4()),
        "login": login,
        "passwordHash": _hash(password),
        "webhookSecret": str(body.get("webhookSecret") or token_urlsafe(32)),
        "callbackUrl": None,
    }
    sandbox.store.put("partner", login, partner)
    shown = {"partnerId": partner["id"], "webhookSecret": partner["webhookSecret"]}
    return answer(shown, 201)


@router.post("/auth/token")
async def log_in(request: Request) -> Response:
    """Tokens for a login and password."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    partner = sandbox.store.get("partner", str(body.get("login") or ""))
    if partner is None:
        raise WireError(401, "unknown_login", "Партнёр не зарегистрирован")
    if not hmac.compare_digest(partner["passwordHash"], _hash(str(body.get("password") or ""))):
        raise WireError(401, "wrong_password", "Неверный пароль")
    return answer(_new_tokens(sandbox, partner["login"]))


@router.post("/auth/refresh")
async def refresh(request: Request) -> Response:
    """New tokens for a refresh token, which is used up."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    token_id = _hash(str(body.get("refreshToken") or ""))
    found = sandbox.store.get("token", token_id)
    if found is None or found["use"] != "refresh":
        raise WireError(401, "refresh_invalid", "Токен обновления не подходит")
    sandbox.store.put("token", token_id, found | {"use": "used"})
    return answer(_new_tokens(sandbox, found["login"]))


@router.put("/webhooks")
async def register_callback(request: Request, partner: Partner) -> Response:
    """Where to send events of this partner."""
    body = await json_body(request)
    url = str(body.get("url") or "")
    if not url.startswith(("http://", "https://")):
        field = {"name": "url", "message": "Адрес: нужен адрес http или https"}
        raise WireError(422, "validation", "Проверьте данные", [field])
    store = sandbox_of(request).store

    def work() -> tuple[int, Doc]:
        store.put("partner", partner["login"], partner | {"callbackUrl": url})
        return 200, {"url": url}

    status, value = once(request, partner["id"], "register_callback", body, work)
    return answer(value, status)


def expire_access_tokens(sandbox: Sandbox) -> int:
    """Make every access token out of date; returns how many there were."""
    count = 0
    for token in sandbox.store.all("token"):
        if token["use"] == "access":
            sandbox.store.put("token", token["id"], token | {"expiresAt": 0})
            count += 1
    return count


def _new_tokens(sandbox: Sandbox, login: str) -> Doc:
    ttl = sandbox.behaviour.token_ttl_seconds
    given = {"access": token_urlsafe(32), "refresh": token_urlsafe(32)}
    for use, token in given.items():
        expires = sandbox.now().timestamp() + (ttl if use == "access" else 30 * 86400)
        doc: Doc = {"id": _hash(token), "use": use, "login": login, "expiresAt": expires}
        sandbox.store.put("token", doc["id"], doc)
    return {
        "accessToken": given["access"],
        "refreshToken": given["refresh"],
        "tokenType": "Bearer",
        "expiresIn": ttl,
    }


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
