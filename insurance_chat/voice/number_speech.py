"""Numbers as they are said: cardinals with gender, years and days as ordinals, fractions."""

from __future__ import annotations

from decimal import Decimal

Forms = tuple[str, str, str]  # for 1, for 2 to 4, for 5 and more

_ONES = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
]
_TENS = [
    "-",
    "-",
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
]
_HUNDREDS = [
    "-",
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
]
_FEMALE = {1: "одна", 2: "две"}
_SCALES: tuple[tuple[int, Forms, bool], ...] = (
    (10**9, ("миллиард", "миллиарда", "миллиардов"), False),
    (10**6, ("миллион", "миллиона", "миллионов"), False),
    (10**3, ("тысяча", "тысячи", "тысяч"), True),
)
_ORDINAL_ONES = [
    "нулевого",
    "первого",
    "второго",
    "третьего",
    "четвёртого",
    "пятого",
    "шестого",
    "седьмого",
    "восьмого",
    "девятого",
    "десятого",
    "одиннадцатого",
    "двенадцатого",
    "тринадцатого",
    "четырнадцатого",
    "пятнадцатого",
    "шестнадцатого",
    "семнадцатого",
    "восемнадцатого",
    "девятнадцатого",
]
_ORDINAL_TENS = [
    "-",
    "-",
    "двадцатого",
    "тридцатого",
    "сорокового",
    "пятидесятого",
    "шестидесятого",
    "семидесятого",
    "восьмидесятого",
    "девяностого",
]
_ORDINAL_HUNDREDS = [
    "-",
    "сотого",
    "двухсотого",
    "трёхсотого",
    "четырёхсотого",
    "пятисотого",
    "шестисотого",
    "семисотого",
    "восьмисотого",
    "девятисотого",
]
_ORDINAL_THOUSANDS = {1: "тысячного", 2: "двухтысячного", 3: "трёхтысячного"}
_PARTS: tuple[Forms, ...] = (
    ("десятая", "десятых", "десятых"),
    ("сотая", "сотых", "сотых"),
    ("тысячная", "тысячных", "тысячных"),
)
LARGEST = 10**12 - 1


def form(number: int, forms: Forms) -> str:
    """The form of a noun after a number: 1 рубль, 2 рубля, 5 рублей, 11 рублей."""
    if 11 <= number % 100 <= 14:
        return forms[2]
    last = number % 10
    return forms[0] if last == 1 else forms[1] if 2 <= last <= 4 else forms[2]


def cardinal(number: int, *, female: bool = False) -> str:
    """A whole number from 0 to `LARGEST` in the nominative: «двадцать одна»."""
    if number == 0:
        return _ONES[0]
    words: list[str] = []
    for size, forms, scale_female in _SCALES:
        count, number = divmod(number, size)
        if count:
            words += [*_below_thousand(count, scale_female), form(count, forms)]
    return " ".join([*words, *_below_thousand(number, female)])


def _below_thousand(number: int, female: bool) -> list[str]:
    words: list[str] = []
    hundreds, rest = divmod(number, 100)
    if hundreds:
        words.append(_HUNDREDS[hundreds])
    if rest >= 20:
        words.append(_TENS[rest // 10])
        rest %= 10
    if rest:
        words.append(_FEMALE.get(rest, _ONES[rest]) if female else _ONES[rest])
    return words


def ordinal_of(number: int) -> str:
    """An ordinal from 1 to 3999 in the genitive: «две тысячи двадцать шестого»."""
    thousands, rest = divmod(number, 1000)
    if thousands and not rest:
        return _ORDINAL_THOUSANDS[thousands]
    words = []
    if thousands:
        words = [*([] if thousands == 1 else [cardinal(thousands, female=True)])]
        words.append(form(thousands, _SCALES[2][1]))
    hundreds, tail = divmod(rest, 100)
    if hundreds and not tail:
        return " ".join([*words, _ORDINAL_HUNDREDS[hundreds]])
    if hundreds:
        words.append(_HUNDREDS[hundreds])
    if tail >= 20 and tail % 10:
        words += [_TENS[tail // 10], _ORDINAL_ONES[tail % 10]]
    else:
        words.append(_ORDINAL_TENS[tail // 10] if tail >= 20 else _ORDINAL_ONES[tail])
    return " ".join(words)


def fraction(number: Decimal) -> str:
    """A number with up to three decimals: «ноль целых сорок шесть сотых»."""
    whole, decimals = int(number), f"{number:f}".partition(".")[2].rstrip("0")
    if not decimals or len(decimals) > len(_PARTS):
        return cardinal(whole)
    point = "целая" if form(whole, ("1", "2", "5")) == "1" else "целых"
    part = int(decimals)
    parts = form(part, _PARTS[len(decimals) - 1])
    return f"{cardinal(whole, female=True)} {point} {cardinal(part, female=True)} {parts}"
