"""What was spelled out becomes what it means: «т е л е г а», «восемь девятьсот», «собака», «точка ру»."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insurance_chat.conversations.contact_spotting.channels import STEM
from insurance_chat.conversations.contact_spotting.mapped import Edit, Mapped
from insurance_chat.core.number_words import number_words
from insurance_chat.core.spoken_numbers import Word, spoken_numbers

_SPLIT = re.compile(
    r"(?<!\w)[a-zа-я](?P<gap>[ .\-_*|/,+~·]{1,3})[a-zа-я](?:(?P=gap)[a-zа-я]){1,60}(?!\w)"
)
_LETTERS = re.compile(r"[a-zа-я]")
_TOKEN = re.compile(r"[a-zа-я]+|\d+|[^\w\s]|_")

_ENGLISH = dict(
    zip(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        "0123456789",
        strict=True,
    )
)
_NOUNS = {
    "0": "нулик нулика нуликов нолик нолика ноликов нулей нолей нуля ноля нули ноли",
    "1": "единица единицы единиц единичка единички единичек",
    "2": "двойка двойки двоек",
    "3": "тройка тройки троек",
    "4": "четверка четверки четверок",
    "5": "пятерка пятерки пятерок",
    "6": "шестерка шестерки шестерок",
    "7": "семерка семерки семерок",
    "8": "восьмерка восьмерки восьмерок",
    "9": "девятка девятки девяток",
}
_DIGIT_OF = {word: digit for digit, words in _NOUNS.items() for word in words.split()} | _ENGLISH
_SPOKEN = re.compile(
    "ноль|нул|ноли|один|одн|перв|втор|дв|тр|четыр|четв|пят|шест|сем|сед|вос|девя|десят|сорок|ст[оа]|"
    "тыс|тыщ|лям|мил|лимон|пис|пол|[кш][оат][су]|зеро|zero|one|two|three|four|five|six|seven|eight|nine|един"
)
_TIMES = {"дважды": 2, "трижды": 3}
_MOST_TIMES = 7
_NEAR = 3

_PROVIDERS = {
    "мейл": "mail", "маил": "mail", "майл": "mail", "мэйл": "mail", "яндекс": "yandex",
    "гмейл": "gmail", "гмаил": "gmail", "джимейл": "gmail", "рамблер": "rambler",
    "инбокс": "inbox", "бк": "bk", "вк": "vk", "аутлук": "outlook", "т": "t",
}  # fmt: skip
_ZONES = {"ру": "ru", "ком": "com", "нет": "net", "орг": "org", "ме": "me", "онлайн": "online"}
_HOST = rf"(?:{'|'.join(_PROVIDERS)})(?![а-я])"
_ZONE = rf"(?:{'|'.join(_ZONES)}|рф)(?![а-я])"
_OPEN, _SHUT = r"\s{0,3}[(\[{<]?\s?", r"\s?[)\]}>]?\s{0,3}"
_AT = re.compile(
    rf"(?<=\w){_OPEN}(?<!\w)(?:собачк[аой]{{1,2}}|собак[аой]{{1,2}}|эт|at|@)(?!\w){_SHUT}(?=[a-z0-9]|{_HOST})"
)
_DOT = re.compile(
    rf"(?<=[a-z0-9а-я])(?:{_OPEN}(?<!\w)(?:точк[аойу]{{1,2}}|тчк|дот|dot)(?!\w){_SHUT}|\s{{0,3}}[(\[{{<]\s?\.\s?[)\]}}>]\s{{0,3}})"
    rf"(?=[a-z]|{_ZONE}|{_HOST})"
)
_SLASH = re.compile(r"(?<=\w)\s{1,3}(?:слэш|слеш|slash|косая(?:\sчерта)?)(?!\w)\s{0,3}(?=\w)")
_UNDERSCORE = re.compile(
    r"(?<=\w)\s{1,3}(?:нижн\w{1,3}\s)?(?:подч[её]ркивани[еяю]|андерскор|underscore)\s{1,3}(?=\w)"
)
_DASH = re.compile(r"(?<=\w)\s{1,3}(?:тире|дефис|минус)\s{1,3}(?=\w)")
_PLUS = re.compile(r"(?<!\w)плюс\s{1,3}(?=\d)")
_LOOSE = re.compile(r"(?<=[a-z0-9])\s{1,3}([./@])\s{0,3}(?=[a-z])|(?<=[a-z]\.me)\s{1,3}/\s{0,3}")
_LATE_ZONE = re.compile(r"(?<=[a-z0-9])(?:\.\s{1,2}|,|·)(?=(?:ru|com|me|net|su|online)(?![a-z]))")
_NO_DOT = re.compile(r"(?<!\w)(?:vk\scom|t\sme)(?=\s?/)")
_HOST_WORD = re.compile(rf"(?:(?<=@){_HOST}|(?<!\w){_HOST}(?=\.(?:{_ZONE}|[a-z])))")
_ZONE_WORD = re.compile(rf"(?<=[a-z0-9]\.){_ZONE}")


def joined(source: Mapped) -> Mapped:
    """Letters that stand apart become words again."""
    return source.replace(_joined(source.text))


def _joined(text: str) -> Iterator[Edit]:
    for match in _SPLIT.finditer(text):
        letters = "".join(_LETTERS.findall(match[0]))
        if len(letters) < 4 and match["gap"].isspace():
            continue
        stem = STEM.search(letters)
        cut = stem.start() if stem else 0
        yield match.start(), match.end(), f"{letters[:cut]} {letters[cut:]}" if cut else letters


def in_digits(source: Mapped) -> Mapped:
    """Numbers in words become digits, each where it stood."""
    if _SPOKEN.search(source.text) is None:
        return source
    words = [Word(m[0], m.start(), m.end()) for m in _TOKEN.finditer(source.text)]
    simple = source.replace(_digit_names(words))
    if simple is not source:
        words = [Word(m[0], m.start(), m.end()) for m in _TOKEN.finditer(simple.text)]
    return simple.replace((one.start, one.end, one.digits) for one in spoken_numbers(words))


def _is_number(words: list[Word], at: int, near: Word) -> bool:
    if not 0 <= at < len(words):
        return False
    word = words[at]
    gap = max(word.start - near.end, near.start - word.end)
    known = word.text.isdigit() or word.text in number_words() or word.text in _DIGIT_OF
    return known and gap <= _NEAR


def _digit_names(words: list[Word]) -> Iterator[Edit]:
    """«две семёрки» is 77, «дважды ноль» 00; a lone name counts beside another number."""
    at = 0
    while at < len(words):
        word = words[at]
        after = words[at + 1] if at + 1 < len(words) else None
        times = _TIMES.get(word.text) or number_words().get(word.text, (0, False))[0]
        if after is not None and 2 <= times <= _MOST_TIMES:
            digit = _DIGIT_OF.get(after.text)
            if digit is None and word.text in _TIMES:
                digit = str(number_words().get(after.text, (0, False))[0])
            if digit is not None and len(digit) == 1:
                yield word.start, after.end, digit * times
                at += 2
                continue
        if word.text in _DIGIT_OF and (
            _is_number(words, at - 1, word) or _is_number(words, at + 1, word)
        ):
            yield word.start, word.end, _DIGIT_OF[word.text]
        at += 1


def in_signs(source: Mapped) -> Mapped:
    """Signs of addresses and numbers in words become signs, loose addresses are drawn together."""
    for pattern, sign in (
        (_AT, "@"),
        (_DOT, "."),
        (_SLASH, "/"),
        (_UNDERSCORE, "_"),
        (_DASH, "-"),
        (_PLUS, "+"),
        (_LATE_ZONE, "."),
    ):
        source = source.replace((m.start(), m.end(), sign) for m in pattern.finditer(source.text))
    source = source.replace((m.start(), m.end(), m[1] or "/") for m in _LOOSE.finditer(source.text))
    source = source.replace(
        (m.start(), m.end(), m[0].replace(" ", ".")) for m in _NO_DOT.finditer(source.text)
    )
    source = source.replace(
        (m.start(), m.end(), _PROVIDERS[m[0]]) for m in _HOST_WORD.finditer(source.text)
    )
    return source.replace(
        (m.start(), m.end(), _ZONES.get(m[0], m[0])) for m in _ZONE_WORD.finditer(source.text)
    )
