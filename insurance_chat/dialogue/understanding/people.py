"""The name of the agent that a client asks for: «соедините с Ивановой» → «Иванова»."""

from __future__ import annotations

import re

from insurance_chat.dialogue.understanding.extractors.names import personal_nominative
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import words

_CALL = re.compile(
    r"(?:соедин\w*|переключ\w*|позов\w*|свяж\w*|перевед\w*|передай\w*|пригласи\w*|дайте|дай|можно|нужн\w+|хочу|поговорить|пообщаться|общал\w+|"
    r"говорил\w*|разговаривал\w*|пусть|с|со|на|к|у)(?: (?:мне|меня|нам|пожалуйста|опять|снова|именно|только|с|со|на|к|ответит|перезвонит|оператор\w*|менеджер\w*|агент\w*|специалист\w*))*"
    r" (?P<name>[а-я]{3,}(?:-[а-я]+)?)(?: (?P<second>[а-я]{3,}))?"
)


def agent_name(text: Text) -> str | None:
    """First name or surname (or both) in the nominative, None when nobody in particular is asked for."""
    for match in _CALL.finditer(text.flat):
        parts = [match["name"], match["second"] or ""]
        if parts[0] in words("people_generic"):
            parts = parts[1:]
        names = []
        for part in parts:
            name = (
                personal_nominative(part) if part and part not in words("people_generic") else None
            )
            if name is None:
                break
            names.append(name)
        if names:
            return " ".join(names)
    return None
