"""A text as a reader hears it, whatever it looks like."""

from __future__ import annotations

from insurance_chat.conversations.contact_spotting import characters, scripts, spelling
from insurance_chat.conversations.contact_spotting.mapped import Mapped


def normalise(raw: str) -> Mapped:
    """Plain lower-case letters, one alphabet a word, numbers and signs in characters.

    Time grows with the length of the text only.
    """
    text = characters.plain(raw)
    for step in (
        scripts.one_alphabet,
        spelling.joined,
        scripts.letters_as_digits,
        spelling.in_digits,
        spelling.in_signs,
    ):
        text = step(text)
    return text
