"""«ошибка в отчестве, Викентьевич»: a correction of one word of a known full name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.corrections import is_correction
from insurance_chat.dialogue.understanding.extractors.names import is_name_part, is_patronymic
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import roles, words

_PARTS = ("фамили", "им", "отчеств")
_LABEL = re.compile(r"(?<![а-я])(?P<part>фамили\w{1,3}|имя|имени|именем|отчеств\w{1,3})(?![а-я])")
_WORD = re.compile(r"[а-я]+(?:-[а-я]+)?")
_FULL = 3


def renamed_person(
    text: Text, known: Mapping[str, Any], slots: Mapping[str, SlotDefinition]
) -> tuple[str, str] | None:
    """The slot of a known full name and the name with the corrected word, None if there is none.

    A role in the words («у водителя отчество…») chooses the person, otherwise the first known one.
    """
    label = _LABEL.search(text.flat)
    if label is None or not (is_correction(text) or not text.flat[: label.start()].strip(" ,.")):
        return None
    index = next(at for at, part in enumerate(_PARTS) if label["part"].startswith(part))
    rest = text.flat[label.end() :]
    candidates = [match for match in _WORD.finditer(rest) if _fits(match.group(), index)]
    names = {name: str(known[name]).split() for name in _named(text, known, slots)}
    person = next((name for name, parts in names.items() if len(parts) == _FULL), None)
    if not candidates or person is None:
        return None
    last = candidates[-1]
    typed = text.raw(label.end() + last.start(), label.end() + last.end())
    parts = names[person]
    parts[index] = "-".join(piece.capitalize() for piece in typed.split("-"))
    return person, " ".join(parts)


def _fits(word: str, index: int) -> bool:
    if index == _PARTS.index("отчеств"):
        return is_patronymic(word)
    return word not in words("not_names") and not is_patronymic(word) and is_name_part(word)


def _named(text: Text, known: Mapping[str, Any], slots: Mapping[str, SlotDefinition]) -> list[str]:
    names = [name for name, slot in slots.items() if slot.type == "full_name" and known.get(name)]
    spoken = [role for role, pattern in roles().items() if pattern.search(text.flat)]
    chosen = [name for name in names if any(name.startswith(f"{role}_") for role in spoken)]
    return chosen or names
