"""Which of the offered options the client means: by name, place in the list or price."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz import fuzz

from insurance_chat.dialogue.understanding.data_files import plain, stem
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import words

_CHEAP = re.compile(
    r"(?<![а-я])(?:сам\w+ (?:дешев\w+|деш\w+|недорог\w+|выгодн\w+|бюджетн\w+|низк\w+)|подешевле|дешевле|дешевый|дешевая|дешевую|минимальн\w+|где дешевле|что дешевле|повыгоднее|выгодн\w+)"
)
_ANY_CHEAPER = re.compile(
    r"(?:есть|нет ли|можно|бывает|найти|почему|как)(?: \w+){0,3} (?:по)?дешевле|дешевле(?: \w+){0,2} (?:есть|нету?|можно|бывает|найти|не)(?![а-я])"
)  # «а дешевле есть» asks, it does not choose
_DEAR = re.compile(r"сам\w+ дорог\w+")
_LAST = re.compile(r"(?<![а-я])последн\w+")
_ORDINAL = re.compile(
    r"(?<![0-9a-zа-я.,])(?:вариант\w* |номер |# ?|пункт |предложение )?(\d{1,2})(?:-?(?:й|ый|ой|ую|е|ое|я|ая))?(?: ?(?:вариант\w*|предложени\w*|строчк\w*|пункт\w*))?(?![0-9a-zа-я]|[.,]\d| ?(?:тыс|руб|₽|р(?![а-я])|\d{3}))"
)
#: A bare number chooses only in a short answer: «у меня 2 машины и гараж за городом» is none.
_MOST_WORDS = 6
_PRICE = re.compile(r"(?<![0-9a-zа-я])(\d{1,3} \d{3}|\d{3,6})(?:[.,](\d{1,2}))?(?![0-9])")
_COMMON = {
    "страхование",
    "страховая",
    "страховой",
    "компания",
    "ско",
    "ооо",
    "пао",
    "ао",
    "group",
    "групп",
    "полис",
    "осаго",
    "дом",  # «страховой дом ВСК»: «проверю дома» does not choose it
}

Option = Mapping[str, Any]


def find_choice(text: Text, options: Sequence[Option]) -> Found | None:
    """The option's id, or problem `choice_ambiguous` when two options answer to the words."""
    for reader in (_by_exact, _by_name, _by_word, _by_price, _by_place):
        one = reader(text, options)
        if one:
            return one
    return None


def _whole(text: Text, value: Any, problem: str | None = None) -> Found:
    return Found("choice", 0, len(text.flat), value, problem)


def _names(option: Option) -> list[str]:
    aliases = option.get("aliases") or ()
    return [plain(str(name)) for name in (option.get("title", ""), *aliases) if name]


def _by_exact(text: Text, options: Sequence[Option]) -> Found | None:
    said = text.low.strip(" .!\n")
    for option in options:
        if said == plain(str(option.get("id"))) or said in _names(option):
            return _whole(text, option["id"])
    return None


def _by_name(text: Text, options: Sequence[Option]) -> Found | None:
    scored = [
        (max((_likeness(text, name) for name in _names(option)), default=0.0), option)
        for option in options
    ]
    best = max((score for score, _ in scored), default=0.0)
    if best < 84:
        return None
    winners = [option for score, option in scored if score >= best - 1]
    if len(winners) > 1:
        return _whole(text, None, "choice_ambiguous")
    return _whole(text, winners[0]["id"])


def _likeness(text: Text, name: str) -> float:
    """How sure it is that the text names the option: 100 for a whole word, less for a typo."""
    said = [
        token.text
        for token in text.tokens
        if token.is_word and len(token.text) >= 3 and token.text not in words("yes")
    ]
    if name and re.search(rf"(?<![0-9a-zа-я]){re.escape(name)}(?![0-9a-zа-я])", text.flat):
        return 110.0
    best = 0.0
    for word in re.findall(r"[a-zа-я]{3,}", name):
        if word in _COMMON:
            continue
        for other in said:
            if stem(other) == stem(word):
                best = max(best, 100.0)
            elif len(other) >= 4 and (word.startswith((stem(other), other))):
                best = max(best, 92.0)
            elif len(other) >= 5:
                best = max(best, fuzz.ratio(stem(other), stem(word)) - 2)
    return best


def _price(option: Option) -> Decimal | None:
    try:
        return Decimal(str(option["price"]))
    except (KeyError, InvalidOperation):
        return None


def _by_word(text: Text, options: Sequence[Option]) -> Found | None:
    priced = [(price, option) for option in options if (price := _price(option)) is not None]
    # «Самую дешёвую» of those that cover all that was asked for, if there are any.
    priced = [pair for pair in priced if not pair[1].get("missing")] or priced
    if _ANY_CHEAPER.search(text.flat):
        return None
    if priced and (_CHEAP.search(text.flat) or _DEAR.search(text.flat)):
        pick = max if _DEAR.search(text.flat) and not _CHEAP.search(text.flat) else min
        return _whole(text, pick(priced, key=lambda pair: pair[0])[1]["id"])
    if _LAST.search(text.flat) and options:
        return _whole(text, options[-1]["id"])
    return None


def _by_price(text: Text, options: Sequence[Option]) -> Found | None:
    for match in _PRICE.finditer(text.flat):
        whole = match[1].replace(" ", "")
        said = Decimal(f"{whole}.{match[2] or 0}")
        near = [
            option
            for option in options
            if (price := _price(option)) is not None and _same_price(said, price)
        ]
        if len(near) == 1:
            return _whole(text, near[0]["id"])
        if len(near) > 1:
            return _whole(text, None, "choice_ambiguous")
    return None


def _same_price(said: Decimal, price: Decimal) -> bool:
    """«за 9800» is 9 812.40 as well: people round down to hundreds, or leave out kopecks."""
    if abs(price - said) < 1:
        return True
    return said % 100 == 0 and abs(price - said) < 100


def _by_place(text: Text, options: Sequence[Option]) -> Found | None:
    match = _ORDINAL.search(text.flat)
    if match and match[0].strip() == match[1] and len(text.tokens) > _MOST_WORDS:
        return None
    if match and 1 <= int(match[1]) <= len(options):
        return _whole(text, options[int(match[1]) - 1]["id"])
    return None
