"""What an agent asks of the copilot, read by rules from a few free words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from insurance_chat.operators.copilot.phrases import phrases
from insurance_chat.operators.copilot.ports import Style, Task

_DICTATED = re.compile(
    r"^\s*(?:пожалуйста,?\s+)?(?:напиши|ответь|скажи|передай|сообщи|отправь)(?:те)?\b"
    r"(?P<how>[^:\n.?!]{0,60}?)(?:\s*:\s*|,?\s+что\s+(?!такое\b|ответить\b))(?P<words>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ADD = re.compile(
    r"^\s*(?:добавь|допиши|дополни|укажи|упомяни)(?:те)?\s+(?:(?:ещё|еще)\s+)?"
    r"(?:(?:про|об|о|обо|насч[её]т|как|что|информацию|сведения)\b\s*)+(?P<words>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish taken apart; `words` is empty when it names no subject."""

    task: Task
    words: str
    styles: tuple[Style, ...]


def read_wish(text: str, style: str | None = None, *, has_text: bool = False) -> Wish:
    """Understand a wish.

    Args:
        text: «короче», «перефразируй», «напиши ответ так: …», a question of the agent, or nothing.
        style: further wishes of style.
        has_text: the agent has a text in the box that can be changed.
    """
    asked = _styles(style or "")
    if dictated := _DICTATED.match(text):
        styles = _merged(_styles(dictated["how"]), asked)
        return Wish(Task.WRITE, dictated["words"].strip(), styles)
    if has_text and (added := _ADD.match(text)):
        return Wish(Task.CHANGE, added["words"].strip(), _merged((Style.LONG,), asked))
    styles = _merged(_styles(text), asked)
    words = _subject(text)
    changes = has_text and not words and bool(styles)
    return Wish(Task.CHANGE if changes else Task.ANSWER, words, styles)


def _styles(text: str) -> tuple[Style, ...]:
    found = []
    for word in _WORD.findall(text.lower()):
        found += [style for style in Style if word in phrases()["wishes"][style.value]]
    return tuple(dict.fromkeys(found))


def _merged(one: tuple[Style, ...], other: tuple[Style, ...]) -> tuple[Style, ...]:
    """Wishes in order; of two that exclude each other the later one counts."""
    styles = list(dict.fromkeys((*one, *other)))
    for pair in ((Style.SHORT, Style.LONG), (Style.FORMAL, Style.WARM)):
        both = [style for style in styles if style in pair]
        if len(both) > 1:
            styles.remove(both[0])
    return tuple(styles)


def _subject(text: str) -> str:
    """The wish without words of style, empty when only such words were there."""
    known = phrases()["wishes"]
    of_style = {word for style in Style for word in known[style.value]}
    beside = set(known["beside"])
    words = _WORD.findall(text.lower())
    if all(word in of_style or word in beside for word in words):
        return ""
    if not any(word in of_style for word in words):
        return text.strip()
    kept = [part for part in text.split() if part.lower().strip(".,:;!?«»\"'") not in of_style]
    return " ".join(kept).strip(" ,;:-—")
