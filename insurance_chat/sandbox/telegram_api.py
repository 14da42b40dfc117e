"""Emulated Telegram Bot API; so far what a token needs to be tried out.

Source of the shapes: https://core.telegram.org/bots/api#making-requests, #getme, #user.
Every token whose secret begins with `AA`, as real ones do, belongs to a bot; others are unknown.
"""

from __future__ import annotations

import re

from fastapi import APIRouter
from fastapi.responses import JSONResponse

router = APIRouter(prefix="/telegram", include_in_schema=False)
_TOKEN = re.compile(r"(\d+):AA[\w-]+", re.ASCII)


@router.api_route("/bot{token}/getMe", methods=["GET", "POST"])
async def get_me(token: str) -> JSONResponse:
    """The bot of a token, as the User object of the Bot API."""
    known = _TOKEN.fullmatch(token)
    if known is None:
        refusal = {"ok": False, "error_code": 401, "description": "Unauthorized"}
        return JSONResponse(refusal, 401)
    bot = {
        "id": int(known.group(1)),
        "is_bot": True,
        "first_name": "Учебный бот",
        "username": f"practice_{known.group(1)}_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }
    return JSONResponse({"ok": True, "result": bot})
