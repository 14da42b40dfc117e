"""A message taken apart: greeting, first words, what is said, last words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from insurance_chat.operators.copilot.phrases import phrases

_GREETING = re.compile(
    r"^\s*(?P<said>(?:здравствуйте|добрый день|добрый вечер|доброе утро|приветствую(?: вас)?|"
    r"привет)(?:,?[ ]+(?-i:[А-ЯЁ][а-яё-]+)(?:[ ]+(?-i:[А-ЯЁ][а-яё-]+))?)?)[!.,][ \n]*",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?:^|\n\s*|(?<=[.!?…])\s+)С уважением,[^\n]*(?:\n[^\n]{1,80})?\s*$")


@dataclass(frozen=True, slots=True)
class Letter:
    """Parts of a message; those that it does not have are empty."""

    greeting: str = ""
    opener: str = ""
    body: str = ""
    closing: str = ""

    @property
    def text(self) -> str:
        """The message in one piece; a signed one is spaced like a letter."""
        gap = "\n\n" if self.closing.startswith(_signature()) else " "
        begin = " ".join(part for part in (self.greeting, self.opener) if part)
        between = gap if "\n" not in self.body else "\n\n"
        parts = [part for part in (begin, self.body) if part]
        whole = between.join(parts)
        if not self.closing:
            return whole
        return (gap if "\n" not in whole else "\n\n").join(filter(None, (whole, self.closing)))


def read_letter(text: str) -> Letter:
    """Take a message apart by what agents usually write and by our own frames."""
    body, greeting, opener, closing = text.strip(), "", "", ""
    if found := _GREETING.match(body):
        greeting = f"{found['said'][:1].upper()}{found['said'][1:]}!"
        body = body[found.end() :]
    for known in _known("openers"):
        if body.startswith(known):
            opener, body = known, body[len(known) :].lstrip()
            break
    if signed := _SIGNED.search(body):
        closing, body = signed[0].strip(), body[: signed.start()].rstrip()
    for known in _known("closings"):
        if body.endswith(known):
            closing, body = known, body[: -len(known)].rstrip()
            break
    return Letter(greeting, opener, _capital(body), closing)


def greeting_for(name: str | None) -> str:
    """«Здравствуйте, Иван!», without the name when nobody has said it."""
    said = str(phrases()["greeting"])
    return f"{said}, {name}!" if name else f"{said}!"


def signed_by(name: str) -> str:
    """The end of a formal letter."""
    return f"{_signature()}\n{name}" if name else f"{_signature()}\nслужба поддержки"


def _signature() -> str:
    return str(phrases()["closings"]["formal"])


def _known(kind: str) -> list[str]:
    groups = phrases()[kind].values()
    return [phrase for group in groups if isinstance(group, list) for phrase in group]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
