"""Phones, cards and accounts among the groups of digits of a normalised text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from insurance_chat.conversations.contact_spotting.documents import (
    blocked,
    is_document,
    is_named_phone,
)
from insurance_chat.conversations.contact_spotting.types import Match

_GROUP = re.compile(
    r"(?<!\d)(?<!•-)\d+(?!\d| •)"
)  # the last digits of a masked phone are no new number
_GAP = re.compile(r"[^\w@+•]{0,5}")
_PAUSE = re.compile(r"[,;\n]\s|\n")
_RUSSIAN = re.compile(r"[78][3-9]\d{9}|9\d{9}")
_CITY = re.compile(r"\(?[348]\d\d\)?[\s-]{0,2}\d{3}-\d\d-\d\d")
_MONEY = re.compile(r"\d{1,3}(?: \d{3})+")
_ABOUT_CARD = re.compile(
    r"(?:карт|сбер|тинь|тинек|т-банк|альф|перев|скинь|кидай|кин[ьу])[^\d]{0,30}$"
)
_ACCOUNT = re.compile(r"(?:40817|40820|423)\d{15,17}")
_LEAST, _PHONE_DIGITS = 10, 11
_SHORTEST, _TOO_LONG = 7, 13  # digits of what is only called a phone
_ABROAD = range(10, 16)
_CARD_DIGITS = range(16, 20)
_LONGEST = 20  # digits of an account
_REACH = 45


@dataclass(frozen=True, slots=True)
class _Group:
    digits: str
    start: int
    end: int


def numbers(text: str) -> Iterator[Match]:
    """Phones, cards and personal accounts, from left to right, never overlapping."""
    for run in _runs(text):
        at = 0
        while at < len(run):
            found = _card(text, run, at) or _phone(text, run, at) or _mistyped(text, run, at)
            if found is None:
                at += 1
                continue
            match, size = found
            yield match
            at += size


def _runs(text: str) -> Iterator[list[_Group]]:
    """Groups of digits with nothing but signs between them."""
    spans = blocked(text)
    run: list[_Group] = []
    at = 0
    for match in _GROUP.finditer(text):
        start, end = match.span()
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at < len(spans) and spans[at][0] < end:
            continue
        if run and not _GAP.fullmatch(text, run[-1].end, start):
            yield run
            run = []
        run.append(_Group(match[0], start, end))
    if run:
        yield run


def _phone(text: str, run: list[_Group], at: int) -> tuple[Match, int] | None:
    plus = run[at].start > 0 and text[run[at].start - 1] == "+"
    digits = ""
    best: tuple[Match, int] | None = None
    for size, group in enumerate(run[at:], 1):
        digits += group.digits
        if len(digits) < _LEAST:
            continue
        if len(digits) > (_ABROAD[-1] if plus else _PHONE_DIGITS):
            break
        if _is_phone(text, run[at : at + size], digits, plus):
            start = run[at].start - plus
            best = Match("phone", _value(digits, plus), start, group.end), size
            if plus and len(digits) == _PHONE_DIGITS and digits[0] == "7":
                following = run[at + size : at + size + 1]
                if not following or following[0].start - group.end > 1:
                    break
    return best


def _mistyped(text: str, run: list[_Group], at: int) -> tuple[Match, int] | None:
    """«Телефон 8 900 123-45-6»: too short or too long, but said to be a phone."""
    start = run[at].start
    groups = run[at : at + _LONGEST]
    length = sum(len(group.digits) for group in groups)
    if not (_SHORTEST <= length <= _TOO_LONG) or not is_named_phone(text, start):
        return None
    return Match("phone", text[start : groups[-1].end], start, groups[-1].end), len(groups)


def _is_phone(text: str, groups: list[_Group], digits: str, plus: bool) -> bool:
    if plus and len(digits) in _ABROAD:
        return True
    written = text[groups[0].start : groups[-1].end]
    if not _RUSSIAN.fullmatch(digits) and not _CITY.fullmatch(written):
        return False
    if _is_prices(written):
        return False
    return not is_document(text, groups[0].start, [group.digits for group in groups])


def _is_prices(written: str) -> bool:
    """«7 450, 8 120, 9 300»: parts between commas that are all sums in thousands."""
    parts = _PAUSE.split(written)
    return len(parts) > 1 and all(_MONEY.fullmatch(part.strip()) for part in parts)


def _value(digits: str, plus: bool) -> str:
    russian = len(digits) <= _PHONE_DIGITS and (not plus or digits[0] == "7")
    return f"+7{digits[-10:]}" if russian else f"+{digits}"


def _card(text: str, run: list[_Group], at: int) -> tuple[Match, int] | None:
    digits = ""
    best: tuple[Match, int] | None = None
    for size, group in enumerate(run[at:], 1):
        digits += group.digits
        if len(digits) < _CARD_DIGITS[0]:
            continue
        if len(digits) > _LONGEST:
            break
        kind = None
        if _ACCOUNT.fullmatch(digits):
            kind = "wallet"
        elif len(digits) in _CARD_DIGITS and _is_card(text, run[at : at + size], digits):
            kind = "card"
        if kind is not None:
            span = run[at].start, group.end
            best = Match("wallet" if kind == "wallet" else "card", digits, *span), size
    return best


def _is_card(text: str, groups: list[_Group], digits: str) -> bool:
    if digits[0] not in "23456":
        return False
    lengths = [len(group.digits) for group in groups]
    fours = lengths[:4] == [4, 4, 4, 4]
    if not fours and len(groups) > 1 and max(lengths) - min(lengths) > 4:
        return False
    start = groups[0].start
    if _ABOUT_CARD.search(text, max(start - _REACH, 0), start):
        return True
    return fours or (len(digits) == _CARD_DIGITS[0] and _luhn(digits))


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
