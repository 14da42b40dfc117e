"""Links that open a chat of WhatsApp with words prepared for the client, who only has to send them."""

from __future__ import annotations

import re
from urllib.parse import quote

WORDS = "Продолжить разговор"
_NOT_DIGIT = re.compile(r"\D")


def chat_link(number: str, payload: str) -> str:
    """Address that opens a chat with a number; empty without a number.

    Args:
        number: of our account, in any spelling.
        payload: what the message has to bring, see `ports.Links`.

    Source: https://faq.whatsapp.com/5913398998672934 («click to chat»).
    """
    digits = _NOT_DIGIT.sub("", number)
    return f"https://wa.me/{digits}?text={quote(f'{WORDS} {payload}')}" if digits else ""
