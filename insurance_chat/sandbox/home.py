"""The first page of the sandbox and the list of policies."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import sandbox_of
from insurance_chat.sandbox.control import PRESETS, in_words
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.polis_online.policies import document

router = APIRouter()


@router.get("/")
async def index(request: Request) -> Response:
    """What the sandbox is, what it has, and buttons to misbehave."""
    sandbox = sandbox_of(request)
    return page(
        request,
        "index.html",
        mails=len(sandbox.store.all("mail")),
        policies=len(sandbox.store.all("policy")),
        presets=[(name, title) for name, (title, _) in PRESETS.items()],
        notes=in_words(sandbox),
    )


@router.get("/policies")
async def policies(request: Request) -> Response:
    """Issued policies, newest first, with their documents."""
    found = sandbox_of(request).store.all("policy")
    return page(request, "policies.html", policies=found[::-1])


@router.get("/policies/{number}.pdf")
async def policy_document(request: Request, number: str) -> Response:
    """The document of a policy for the person who runs the demonstration."""
    store = sandbox_of(request).store
    policy = store.get("policy", number)
    draft = store.get("draft", policy["draftId"]) if policy else None
    if draft is None:
        return page(
            request, "message.html", status=404, title="Полис не найден", text="Проверьте номер."
        )
    return await document(request, draft)
