"""Control of the emulated models."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse

from insurance_chat.sandbox.llm.openai import script_of
from insurance_chat.sandbox.llm.script import Answer

router = APIRouter(prefix="/control/llm")


@router.get("/answers")
async def answers(request: Request) -> Response:
    """The script that is not used up yet."""
    listed = [one.model_dump(exclude_defaults=True) for one in script_of(request).listed()]
    return JSONResponse({"answers": listed})


@router.post("/answers")
async def add_answer(request: Request, answer: Answer) -> Response:
    """Append one answer to the script; 422 for an unknown field."""
    script_of(request).add(answer)
    return JSONResponse({"ok": True}, 201)


@router.delete("/answers")
async def clear(request: Request) -> Response:
    """Forget the script, the requests and every temporary access."""
    script_of(request).clear()
    return JSONResponse({"ok": True})


@router.get("/requests")
async def requests(request: Request) -> Response:
    """What was asked, oldest first: address, end of the key, body."""
    return JSONResponse({"requests": script_of(request).requests()})


@router.post("/obey")
async def set_obedience(request: Request, on: Annotated[bool, Body(embed=True)]) -> Response:
    """Whether the model does what anybody in a prompt orders; forgets what it did before."""
    script = script_of(request)
    script.obedient = on
    script.obeyed.clear()
    return JSONResponse({"ok": True})


@router.get("/obey")
async def obedience(request: Request) -> Response:
    """The orders that were found in prompts and done, oldest first."""
    script = script_of(request)
    return JSONResponse({"on": script.obedient, "obeyed": list(script.obeyed)})


@router.post("/meanings")
async def meanings(
    request: Request, same: Annotated[list[list[str]], Body(embed=True, max_length=100)]
) -> Response:
    """Words and phrases that vectors do not tell apart, in lists; replaces what was set before."""
    script_of(request).meanings = same
    return JSONResponse({"ok": True})


@router.post("/gigachat")
async def gigachat(
    request: Request, token_seconds: Annotated[float, Body(embed=True, ge=0)]
) -> Response:
    """How long temporary access lasts from now on; what was given before ends at once."""
    script = script_of(request)
    script.token_seconds = token_seconds
    return JSONResponse({"expired": script.expire()})
