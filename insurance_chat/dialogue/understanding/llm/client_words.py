"""Finds what a model quotes in what the client really wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from insurance_chat.dialogue.understanding.ports import ClientMessage
from insurance_chat.dialogue.understanding.text import Text

_TIGHT = 4  # letters from which a quote may be found without its spaces
_ALIKE = 70.0  # «тайота кароля» for «Toyota Corolla»
_LOOK_ALIKE = str.maketrans("abcehkmoptxy", "авсенкмортху")
_SOUND = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "",
    "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip


class ClientWords:
    """The unread messages of a client and the documents in them, ready to be searched.

    Args:
        typed: only what the client wrote in the chat, without documents.
    """

    def __init__(self, messages: Sequence[ClientMessage], *, typed: bool = False) -> None:
        texts = [message.text for message in messages if message.text]
        if not typed:
            texts += [message.document for message in messages if message.document]
        whole = Text("\n".join(texts))
        self._spaced = {f" {_words(form)} " for form in (whole.low, whole.flat)}
        self._tight = {form.replace(" ", "") for form in self._spaced}
        self._flat = whole.flat

    def hold(self, quote: str) -> bool:
        """True if the client wrote the quote: case, yo, spaces and punctuation do not count."""
        text = Text(quote)
        for form in (text.low, text.flat):
            words = _words(form)
            if words and any(f" {words} " in each for each in self._spaced):
                return True
            tight = words.replace(" ", "")
            if len(tight) >= _TIGHT and any(tight in each for each in self._tight):
                return True
        return False

    def support(self, value: str, *, loosely: bool) -> bool:
        """True if the significant characters of a value are in the client's words.

        Args:
            loosely: letters may be misspelt or written in the other alphabet; digits never.
        """
        text = Text(value)
        said = _words(self._flat)
        tight = said.replace(" ", "")
        if not all(number in tight for number in re.findall(r"\d+", text.flat)):
            return False
        if not loosely:
            wanted = _words(text.flat).replace(" ", "").translate(_LOOK_ALIKE)
            return bool(wanted) and wanted in tight.translate(_LOOK_ALIKE)
        heard = [_sound(word) for word in said.split()]
        letters = [_sound(word) for word in re.findall(r"[a-zа-я]{2,}", text.flat)]
        return bool(letters) and all(
            any(fuzz.ratio(word, each) >= _ALIKE for each in heard) for word in letters
        )

    def name(self, name: str) -> bool:
        """True if the client wrote every word of a name in some case of it."""
        said = _words(self._flat).split()
        parts = _words(Text(name).low).split()
        return bool(parts) and all(
            any(word.startswith(part[: max(3, len(part) - 2)]) for word in said) for part in parts
        )


def _words(text: str) -> str:
    return " ".join(re.findall(r"[0-9a-zа-я]+", text))


def _sound(word: str) -> str:
    return "".join(_SOUND.get(char, char) for char in word)
