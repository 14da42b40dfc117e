"""How a client feels, by the words of the last messages. Rules only: no model, no guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

LAST = 6  # messages of the client looked at

_ANGRY = re.compile(
    r"безобрази|издева|обман|мошенни|развод(?:ил|ят)?\b|жулик|врань|врете|ужас|кошмар|возмут|"
    r"хамств|хамит|достали|надоел|бесит|беси[шт]|идиот|дурак|туп(?:ой|ая|ые|ите)|бред\b|чушь|"
    r"отстой|позор|жалоб|пожалуюсь|жалуюсь|претензи|прокуратур|роспотреб|в\s+суд\b|верните\s+деньги|"
    r"никогда\s+больше|наглост|свинств|сколько\s+можно|черт\s+(?:бы|возьми|знает)|"
    r"\bблин\b.*\bблин\b|нахрен|нафиг|\bфиг\b"
)
_IMPATIENT = re.compile(
    r"быстрее|побыстрее|скорее|поскорее|срочно|ну\s+что\b|ну\s+когда|когда\s+уже|где\s+ответ|"
    r"долго\s+(?:еще|ждать|ли)|сколько\s+(?:еще\s+)?ждать|жду\s+уже|уже\s+(?:полчаса|час|\d+\s*мин)|"
    r"вы\s+(?:тут|здесь|там)\b|есть\s+кто|ау\b|алло|ало\b|тороплюсь|спешу|некогда|не\s+успева|"
    r"ответьте|почему\s+(?:молчите|не\s+отвечаете)"
)
_GRATEFUL = re.compile(r"спасибо|благодар|понятно|отлично|супер|хорошо|класс\b|извините|простите")
_DENIED = re.compile(r"\bне\s+(?:\w+\s+)?(?:срочно|спешу|тороплюсь|обман\w*|жал\w*|надоел\w*)")


class Mood(StrEnum):
    """What to expect of the talk."""

    CALM = "calm"
    IMPATIENT = "impatient"
    ANGRY = "angry"


def mood_of(messages: Sequence[str]) -> Mood:
    """The mood of a client.

    The latest words count most: who thanks after an angry word has calmed down.

    Args:
        messages: the client's own words, oldest first; only the last ones are looked at.
    """
    score = 0
    for message in messages[-LAST:]:
        score = max(0, score - 1) if score else 0
        words = _DENIED.sub("", message.lower().replace("ё", "е"))
        if _ANGRY.search(words) or _shouts(message):
            score = 4
        elif _IMPATIENT.search(words) or re.search(r"[?!]{2,}", message):
            score = max(score, 2)
        elif _GRATEFUL.search(words):
            score = 0
    if score >= 3:
        return Mood.ANGRY
    return Mood.IMPATIENT if score else Mood.CALM


def _shouts(message: str) -> bool:
    """Several words in capitals; a plate or a VIN is not shouting."""
    words = [word for word in re.findall(r"[А-ЯЁа-яё]{4,}", message) if word.isupper()]
    return len(words) >= 3
