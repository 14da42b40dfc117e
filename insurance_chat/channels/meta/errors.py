"""What a refusal of the Graph API means for what is done next, in Russian words.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from insurance_chat.channels.ports import ChannelError, Failure

DEFAULT_LATER = 60.0  # seconds, when Meta names no time
# Anything that may be a phone, an account or a token.
_IDS = re.compile(r"\+?\d[\d\s()-]{6,}|[A-Za-z0-9_-]{25,}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One code of an error: what to do and what to say; `after` in seconds, with `LATER`."""

    failure: Failure
    words: str
    after: float = DEFAULT_LATER


#: Codes by number, or by (number, subcode) where the subcode decides.
Meanings = Mapping[int | tuple[int, int], Meaning]

TOKEN = Meaning(
    Failure.ACCOUNT,
    "Токен больше не действует или отозван. Создайте новый и нажмите «Подключить заново».",
)
RIGHTS = Meaning(
    Failure.ACCOUNT,
    "У токена нет нужных прав. Создайте новый токен со всеми правами из инструкции.",
)
BUSY = Meaning(Failure.LATER, "Meta просит слать реже.")
BROKEN = Meaning(Failure.RETRY, "Временный сбой на стороне Meta.")

#: Codes that every product of Meta shares.
COMMON: Meanings = {
    0: TOKEN,
    190: TOKEN,
    3: RIGHTS,
    10: RIGHTS,
    1: BROKEN,
    2: BROKEN,
    4: BUSY,
    17: BUSY,
    32: BUSY,
    613: BUSY,
    33: Meaning(Failure.ACCOUNT, "Meta не находит этот аккаунт: он удалён или закрыт для токена."),
    (100, 33): Meaning(
        Failure.ACCOUNT, "Meta не находит этот аккаунт: он удалён или закрыт для токена."
    ),
    2200: Meaning(
        Failure.REFUSED,
        "Meta не смогла проверить адрес сервиса. Он должен начинаться с https:// и открываться из "
        "интернета; адрес задаётся настройкой PUBLIC_URL.",
    ),
    368: Meaning(
        Failure.ACCOUNT,
        "Meta временно закрыла аккаунт за нарушение правил. Подробности — в центре качества Meta "
        "Business Suite.",
    ),
}


class GraphError(ChannelError):
    """An error with the codes of Meta, for those who must tell one value of a form from another."""

    def __init__(self, meaning: Meaning, words: str, code: int, subcode: int, status: int) -> None:
        after = meaning.after if meaning.failure is Failure.LATER else 0.0
        super().__init__(meaning.failure, words, after)
        self.code = code
        self.subcode = subcode
        self.status = status


def meaning_of(code: int, subcode: int, status: int, known: Meanings) -> Meaning | None:
    """The meaning of an error, from the messenger's own table first; None is unknown to us.

    Args:
        status: HTTP status, 0 when the error came by a webhook.
    """
    for table in (known, COMMON):
        found = table.get((code, subcode)) or table.get(code)
        if found is not None:
            return found
    if 200 <= code <= 299:
        return RIGHTS
    if status == 429:
        return BUSY
    if status >= 500:
        return BROKEN
    return None


def refusal(
    error: Mapping[str, Any], status: int, known: Meanings, retry_after: float = 0.0
) -> GraphError:
    """The error of an answer as an exception.

    Args:
        error: the object under `error`.
        status: HTTP status, 0 when the error came by a webhook.
        known: what the messenger's own codes mean.
        retry_after: seconds from the header, 0 when there was none.
    """
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    meaning = meaning_of(code, subcode, status, known)
    if meaning is None:
        words = f"Meta отказала, код {code}: {_details(error)}" if code else "Meta отказала."
        meaning = Meaning(Failure.REFUSED, words)
    if retry_after and meaning.failure is Failure.LATER:
        meaning = Meaning(meaning.failure, meaning.words, retry_after)
    return GraphError(meaning, meaning.words, code, subcode, status)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _details(error: Mapping[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    said = str(details or error.get("error_user_msg") or error.get("message") or "без объяснения")
    return _IDS.sub("…", said)[:200]
