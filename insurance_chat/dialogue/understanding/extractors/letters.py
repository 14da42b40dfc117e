"""Letters as they are said, typed in the wrong layout or confused with digits."""

from __future__ import annotations

PLATE_LETTERS = "АВЕКМНОРСТУХ"
_LATIN_LIKE = dict(zip("abekmhopctyx", PLATE_LETTERS, strict=True))
_PLATE_NAMES = {
    "вэ": "В", "ве": "В", "ка": "К", "кэ": "К", "эм": "М", "ем": "М", "эн": "Н", "ен": "Н", "пэ": "Р",
    "эр": "Р", "ер": "Р", "эс": "С", "ес": "С", "тэ": "Т", "те": "Т", "ха": "Х", "хэ": "Х", "хе": "Х",
    "ви": "В", "аш": "Н", "икс": "Х", "игрек": "У",
}  # fmt: skip
_VIN_LIKE = dict(zip("авекмнорстух", "ABEKMH0PCTYX", strict=True))
_VIN_NAMES = {
    "эй": "A", "бэ": "B", "бе": "B", "би": "B", "цэ": "C", "це": "C", "си": "C", "дэ": "D", "де": "D",
    "ди": "D", "эф": "F", "еф": "F", "же": "G", "жэ": "G", "джи": "G", "гэ": "G", "аш": "H", "ха": "H",
    "хэ": "H", "эйч": "H", "йот": "J", "джей": "J", "жи": "J", "ка": "K", "кэ": "K", "кей": "K",
    "эл": "L", "эль": "L", "ел": "L", "эм": "M", "ем": "M", "эн": "N", "ен": "N", "пэ": "P", "пе": "P",
    "пи": "P", "эр": "R", "ар": "R", "ер": "R", "эс": "S", "ес": "S", "тэ": "T", "те": "T", "ти": "T",
    "ю": "U", "вэ": "V", "ве": "V", "ви": "V", "икс": "X", "экс": "X", "игрек": "Y", "уай": "Y",
    "зэт": "Z", "зет": "Z", "зэд": "Z", "зед": "Z", "дубльвэ": "W", "даблю": "W",
}  # fmt: skip


def plate_letters(word: str, names: bool = True) -> str | None:
    """Cyrillic capitals of a plate for a typed word or, with `names`, for the name of a letter.

    None when the word cannot be of a plate.
    """
    if names and word in _PLATE_NAMES:
        return _PLATE_NAMES[word]
    letters = [_LATIN_LIKE.get(char, char.upper()) for char in word]
    if len(letters) <= 3 and all(letter in PLATE_LETTERS for letter in letters):
        return "".join(letters)
    return None


def vin_letters(word: str) -> str | None:
    """Latin capitals of a VIN for a typed or spoken word; O, Q and I become 0, 0 and 1."""
    if word in _VIN_NAMES:
        return _VIN_NAMES[word]
    letters = [_VIN_LIKE.get(char, char.upper()) for char in word]
    if all(letter.isascii() for letter in letters):
        return "".join(letters).translate(str.maketrans("OQI", "001"))
    return None
