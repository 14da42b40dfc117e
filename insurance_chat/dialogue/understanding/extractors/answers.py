"""Yes, no and the phrases by which a slot is said to be true or false."""

from __future__ import annotations

import re
from functools import cache

from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import pattern_of, words

_LEAD = re.compile(
    r"^(?:[\s,.!…\"'«»()]+|(?:ну|ой|а|так|в общем|вообще|слушайте|я|мне|эм|тогда|думаю|наверное)(?![а-я]))*"
)
_SIGNS = "+-👍✅👌🆗🤝💯👎❌🙅🚫"
_DOUBT = re.compile(r"(?<![а-я])(?:не|нет|но|если|пока)(?![а-я])")  # «согласен, но…», «согл не дам»
_PLAIN_YES = {"да", "ага", "угу", "конечно", "да-да"}
_LAST = re.compile(r"[\n,;.] *(да|нет|ага|угу|неа)[ .!]*$")
_HOUSE = re.compile(r"(?<![а-я])(?:кв|квартира|д|дом|корп|корпус|к|стр)[. ]*$")  # «кв 1 я …»
_NOT_BEFORE = re.compile(r"(?<![а-я])(?:не|ни) $")


@cache
def _openers() -> re.Pattern[str]:
    ordered = sorted(words("yes") | words("no"), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, ordered))})(?![0-9a-zа-я])")


def opening_answer(text: Text) -> Found | None:
    """The yes or no that a message begins with; the span ends where the rest begins.

    A bare «не» counts only when nothing but a sign follows it: «не 123, а 132» is not an answer.
    """
    lead = _LEAD.match(text.flat)
    start = lead.end() if lead else 0
    match = _openers().match(text.flat, start)
    if match is None:
        return None
    word = match.group()
    after = text.flat[match.end() :].lstrip(" 🏻🏼🏽🏾🏿\ufe0f")
    if word in {"не", "-"} and after[:1] not in {"", ",", ".", "!", "\n"}:
        return None
    if re.match(r"[ ,]*(?:но|если|только если|однако|когда)(?![а-я])", after):
        return None
    clause = re.split(r"[,.!;\n]", after, maxsplit=1)[0]
    if word in words("yes") and (
        _DOUBT.search(clause) or (word not in _PLAIN_YES and re.match(r"[а-яa-z]", after))
    ):
        return None
    if word in _SIGNS and after and after[0].isdigit():
        return None
    return Found("answer", start, match.end(), word in words("yes"))


def closing_answer(text: Text) -> Found | None:
    """A yes or no that stands alone at the end of a list of facts."""
    match = _LAST.search(text.flat)
    if match is None:
        return None
    return Found("answer", match.start(1), match.end(1), match[1] in words("yes"))


def is_only_answer(text: Text) -> bool | None:
    """The answer when the message says nothing else («да», «ну конечно», «👍👍», «нет, спасибо»)."""
    answer = opening_answer(text)
    if answer is None:
        return None
    value, rest = bool(answer.value), text.flat[answer.end :]
    while rest.strip():
        stripped = re.sub(
            r"^(?:[^0-9a-zа-я]|(?:пожалуйста|спасибо|пж|конечно|бы|же|я|это|мне|можно|все|так|давайте|давай)(?![а-я]))+",
            "",
            rest,
        )
        if stripped == rest or not stripped:
            rest = stripped
            break
        rest = stripped
    again = _openers().match(rest)
    if again:
        return (
            value
            if not rest[again.end() :].strip(" .,!)") and (again.group() in words("yes")) == value
            else None
        )
    return None if re.search(r"[0-9a-zа-я]", rest) else value


def phrase_answer(text: Text, yes: tuple[str, ...], no: tuple[str, ...]) -> Found | None:
    """What the phrases of a slot say; the longest phrase wins, «не» before it turns it round."""
    best: Found | None = None
    for phrases, value in ((yes, True), (no, False)):
        for match in pattern_of(phrases).finditer(text.flat):
            if len(match.group()) <= 2 and text.flat.strip(" .,!\n") != match.group():
                continue  # «я» is an answer only when nothing else is said
            if match.group()[0].isdigit() and _HOUSE.search(text.flat[: match.start()][-12:]):
                continue
            negated = bool(_NOT_BEFORE.search(text.flat[max(0, match.start() - 4) : match.start()]))
            one = Found("boolean", match.start(), match.end(), value != negated, None, "phrase")
            if best is None or one.end - one.start > best.end - best.start:
                best = one
    return best
