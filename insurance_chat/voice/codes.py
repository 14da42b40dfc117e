"""Plates, VINs, numbers of documents and phones, sign by sign."""

from __future__ import annotations

import re

from insurance_chat.voice.number_speech import cardinal

_CYRILLIC = dict(
    zip(
        "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЭЮЯ",
        [
            "а",
            "бэ",
            "вэ",
            "гэ",
            "дэ",
            "е",
            "жэ",
            "зэ",
            "и",
            "ка",
            "эль",
            "эм",
            "эн",
            "о",
            "пэ",
            "эр",
            "эс",
            "тэ",
            "у",
            "эф",
            "ха",
            "цэ",
            "че",
            "ша",
            "э",
            "ю",
            "я",
        ],
        strict=True,
    )
)
_LATIN = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [
            "эй",
            "би",
            "си",
            "ди",
            "и",
            "эф",
            "джи",
            "эйч",
            "ай",
            "джей",
            "кей",
            "эль",
            "эм",
            "эн",
            "о",
            "пи",
            "кью",
            "ар",
            "эс",
            "ти",
            "ю",
            "ви",
            "даблю",
            "икс",
            "игрек",
            "зет",
        ],
        strict=True,
    )
)
_LETTERS = {**_CYRILLIC, **_LATIN}


def _group(digits: str) -> str:
    """Digits as a Russian reads them out: a zero in front is said, the rest is one number."""
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = digits[zeros:]
    return " ".join(["ноль"] * zeros + ([cardinal(int(rest))] if rest else []))


def digit_words(digits: str) -> str:
    """A long number in pairs, from the left; an odd one ends with three: «сорок пять, ноль восемь»."""
    pieces = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    if len(pieces) > 1 and len(pieces[-1]) == 1:
        last = pieces.pop()
        pieces[-1] += last
    return ", ".join(map(_group, pieces))


def plate_words(plate: str) -> str:
    """«А123ВС196» → «а, сто двадцать три, вэ, эс, сто девяносто шесть»."""
    pieces = re.findall(r"\d+|\D", plate)
    return ", ".join(_group(one) if one.isdigit() else _LETTERS.get(one, one) for one in pieces)


def code_words(code: str) -> str:
    """Any code, letters by name and digits in pairs; of a VIN every sign by itself."""
    pieces = re.findall(r"\d+|[A-ZА-Я]", code)
    if len(code) == 17 and re.search(r"[A-Z]", code):
        signs = re.findall(r"[0-9A-Z]", code)
        return ", ".join(cardinal(int(s)) if s.isdigit() else _LETTERS[s] for s in signs)
    return ", ".join(digit_words(one) if one.isdigit() else _LETTERS[one] for one in pieces)


def phone_words(phone: str) -> str:
    """«+7 900 123-45-67» → «плюс семь, девятьсот, сто двадцать три, сорок пять, …»."""
    digits = re.sub(r"\D", "", phone)
    first = "плюс семь" if phone.startswith("+") else _group(digits[0])
    groups = (digits[1:4], digits[4:7], digits[7:9], digits[9:11])
    return ", ".join([first, *map(_group, groups)])
