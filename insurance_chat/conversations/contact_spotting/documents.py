"""Numbers that are no phones: documents, dates, sums, plates, identifiers."""

from __future__ import annotations

import re

_CURRENCY = r"(?:₽|руб|р(?![а-я])|тыс|млн|миллион|коп|%|процент|км|см|м2|л\.\s?с|лет|год)"
_NOT_PHONES = re.compile(
    "|".join(
        (
            r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])(?P<d>[./-])(?:0?[1-9]|1[0-2])(?P=d)(?:19|20)\d\d(?!\d)",
            r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)",
            r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])",
            rf"(?<!\d)\d{{1,3}}(?:\s\d{{3}}){{0,4}}(?:[.,]\d{{1,2}})?\s{{0,2}}{_CURRENCY}",
            r"(?<![\d,])\d{1,3},\d{1,2}(?![\d,])",
            r"(?<!\w)[авекмнорстух]\s?\d{3}\s?[авекмнорстух]{2}\s?\d{2,3}(?!\w)",
            r"(?<!\w)(?P<s>[а-яa-z])(?P=s)[а-яa-z][\s-]{0,2}(?:№|n|номер)?\s{0,2}\d{10}(?!\d)",
            r"(?<!\w)[a-z]{2,6}\d{1,3}[a-z]?-\d{5,7}(?!\w)",
            r"(?<!\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)",
            r"(?<!\d)\d{3}-\d{3}-\d{3}\s\d{2}(?!\d)",
        )
    )
)
_CODE = re.compile(r"(?<!\w)[a-zа-я0-9]{17}(?!\w)")
_WORD_AND_PHONE = re.compile(r"[a-zа-я]+\d+")
_LABEL = re.compile(
    r"(?<!\w)(?:паспорт|стс|птс|эптс|свидетельств|прав[аы]?(?!\w)|ву(?!\w)|в/у|удостоверени|сери[яию]|"
    r"полис|договор|заявк|обращени|убыт|дел[оау](?!\w)|инн|снилс|огрн|заказ|документ|лицензи|счет)"
    r"[^\d@+]{0,25}$"
)
_CALL = re.compile(
    r"(?:телефон|тел(?!\w)|звон|набер|набир|моб|сотов|ватсап|вотсап|вайбер)[^\d@+]{0,25}$"
)
_NAMED = re.compile(
    r"(?<!\w)(?:телефон\w{0,2}|тел|моб\w{0,9}|сотов\w{0,3}|звони(?:те)?|набери(?:те)?)"
    r"[\s.:,\-(]{0,4}(?:мой\s)?[\s.:\-(]{0,4}$"
)
_REACH = 45
_TEN = 10
_SERIES = 4  # digits of a series, after which a number is broken when it is dictated
_LIKE_DOCUMENT = ([4, 6], [2, 2, 6])


def blocked(text: str) -> list[tuple[int, int]]:
    """Spans of a normalised text that are surely no phone, from left to right."""
    spans = [match.span() for match in _NOT_PHONES.finditer(text)]
    for match in _CODE.finditer(text):
        code = match[0]
        mixed = any(c.isdigit() for c in code) and any(c.isalpha() for c in code)
        if mixed and not _WORD_AND_PHONE.fullmatch(code):
            spans.append(match.span())
    return sorted(spans)


def is_document(text: str, start: int, groups: list[str]) -> bool:
    """Whether ten digits are the number of a document rather than of a phone.

    Args:
        start: where the digits begin in the normalised text.
        groups: the digits as they were grouped.
    """
    if sum(map(len, groups)) != _TEN:
        return False
    before = text[max(start - _REACH, 0) : start]
    if [len(group) for group in groups] in _LIKE_DOCUMENT:
        return _CALL.search(before) is None
    after = [sum(map(len, groups[:count])) for count in range(1, len(groups) + 1)]
    return (len(groups) == 1 or _SERIES in after) and _LABEL.search(before) is not None


def is_named_phone(text: str, start: int) -> bool:
    """Whether «телефон» stands right before a number, so that a mistyped one counts too."""
    return _NAMED.search(text, max(start - _REACH, 0), start) is not None
