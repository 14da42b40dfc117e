"""How clients name what only a mortgage has: banks, sums, risks, the object, the agreement.

Each reader takes a `Text` and returns values for one type of slot (`dialogue.understanding.own_types`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from rapidfuzz import fuzz, process

from insurance_chat.dialogue.understanding.extractors.dates import find_dates
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.own_types import GUESSED, NAMED, Readers, Wanted
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.insurance.mortgage.banks import all_banks, find_bank
from insurance_chat.insurance.mortgage.risks_reading import read_risks
from insurance_chat.insurance.mortgage.types import ObjectKind

LEAST_BALANCE = 10_000
_LONGEST_BANK = 4  # words
_LIKE = 86  # per cent
_WORD = re.compile(r"[a-zа-я0-9.]+")
_BANK_WORD = re.compile(r"банк|ипотек|кредит")
_OTHER_BANK = re.compile(
    r"(?<![а-я])(?:банк\w* «?[a-zа-я\-]{3,}|[a-zа-я]{2,}(?:[\- ]?банк)[а-я]*(?: [a-zа-я]{4,})?)"
)
_SMALL_WORDS = (
    "я у в на из за и а мой моя мне это банк банке банка ипотека ипотеке нет да не остаток остатка долг"
    " долга осталось сумма кредит кредита рублей руб р млн тыс"
)
_SMALL = frozenset(_SMALL_WORDS.split())
_MONEY = re.compile(
    r"(?<![\d.,/\-])(?P<number>\d{1,3}(?: \d{3})+|\d+(?:[.,]\d+)?) ?"
    r"(?P<unit>кк|млн\w*|миллион\w*|лям\w*|м(?![а-я0-9])|тыс\w*|тысяч\w*|т\.? ?р|к(?![а-я]))?"
    r" ?(?P<rub>руб\w*|р(?![а-я])\.?|₽)?(?![\d/])"
)
_BALANCE_WORD = re.compile(r"остат|долг|осталось|должен|должна|сумм")
_MILLION = re.compile(r"^(?:кк|м)")
_UNIT = {"кк": 1_000_000, "мл": 1_000_000, "ми": 1_000_000, "ля": 1_000_000, "м": 1_000_000}
_PERCENT = re.compile(r"(?<!\d)(\d{1,2}(?:[.,]\d{1,2})?) ?(?:%|процент\w*)")
_NO_UPLIFT = re.compile(
    r"без надбавк|без процент|надбавки нет|нет надбавки|ровно|по остатку|как остаток|не надо"
    r"|не требует|не нужн|только остаток"
)
_UNSURE = re.compile(r"не знаю|не помню|хз|не в курсе|понятия не имею|без понятия|не уверен")
_KINDS: Final = (
    (ObjectKind.TOWNHOUSE, r"таунхаус\w*|дуплекс\w*"),
    (ObjectKind.APARTMENTS, r"апартамент\w*|апарты"),
    (ObjectKind.UNFINISHED, r"новостройк\w* (?:ещ[её] )?(?:строится|не сдан\w*)|строящ\w+|недостро\w+|дду"),
    (ObjectKind.FLAT, r"квартир\w*|кварти\w*|студи[яюи]\w*|(?:одн|дв|тр[её])(?:ушк|[её]шк)\w*|однокомнатн\w*|двушк\w*|двухкомнатн\w*"),
    (ObjectKind.ROOM, r"комнат[аыуе]\w*|доля|коммуналк\w*"),
    (ObjectKind.GARAGE, r"гараж\w*|машиноместо|машино-место"),
    (ObjectKind.HOUSE, r"(?:частн\w+ |жил\w+ |деревянн\w+ )?дом(?:а|е|ик|у)?|коттедж\w*|дач[аиу]"),
)  # fmt: skip
_KIND = [(kind, re.compile(rf"(?<![а-я])(?:{words})(?![а-я])")) for kind, words in _KINDS]
_MAN = re.compile(r"(?<![а-я])(?:мужчина|мужик|мужской|мужского|муж\.?|парень|м)(?![а-я])")
_WOMAN = re.compile(r"(?<![а-я])(?:женщина|женский|женского|жен\.?|девушка|ж)(?![а-я])")
_AREA = re.compile(
    r"(?<![\d.,])(?P<area>\d{1,4}(?:[.,]\d{1,2})?) ?(?:кв\.? ?м\w*\.?|м2|м²|м кв\w*|квадрат\w*|метр\w*|м(?![а-я0-9]))"
)
_BARE_AREA = re.compile(r"^\W*(?:площадь )?(?P<area>\d{1,4}(?:[.,]\d{1,2})?)\W*$")
_CONTRACT = re.compile(
    r"(?:договор\w*|кредит\w*|номер\w*|#|ном\.?)[ :№#]*(?P<number>[0-9a-zа-я/\-]*\d[0-9a-zа-я/\-._]*)"
)
_BARE_CONTRACT = re.compile(r"(?<![^\s,])(?P<number>[0-9a-zа-я/\-]*\d[0-9a-zа-я/\-._]*)")
_WORK = re.compile(
    r"работ\w*|професси\w*|служб\w*|служу|пожарн\w*|полиц\w*|шахт\w*|спасател\w*|военн\w*"
)
_SPORT = re.compile(
    r"спорт\w*|хобби|увлеч\w*|дайвинг\w*|альпин\w*|скалолаз\w*|парашют\w*|прыж\w*|бокс\w*|гонк\w*|единоборств\w*"
)
_BOTH = re.compile(r"и то и (?:то|другое)|оба|и там и там")
_ANOTHER_FACT = re.compile(
    r"год|остат|долг|площад|адрес|рожд|паспорт|телеф|метр|кв\.? ?м|руб|млн|тыс|процент|%|@"
)
_DATED = re.compile(r"договор|кредит|ипотек|(?<![а-я])от $|подпис")


def read_bank(text: Text, ask: Wanted) -> Iterator[Found]:
    """A bank of our list by its name; another one in the client's words, when it was asked for."""
    words = list(_WORD.finditer(text.flat))
    for size in (3, 2, 1):
        for at in range(len(words) - size + 1):
            start, end = words[at].start(), words[at + size - 1].end()
            bank = find_bank(text.flat[start:end])
            if bank is None or (size > 1 and find_bank(words[at].group()) is bank):
                continue
            label = NAMED if _BANK_WORD.search(text.flat) else ""
            yield Found("bank", start, end, bank.name, None, label)
            return
    if not ask.asked:
        return
    yield from _misspelt_bank(words)
    named = _OTHER_BANK.search(text.flat)
    if named is not None:
        yield Found("bank", *named.span(), text.raw(*named.span()).strip(" «»"), None, NAMED)
        return
    rest = [
        word
        for word in words
        if word.group() not in _SMALL and not any(char.isdigit() for char in word.group())
    ]
    if 0 < len(rest) <= _LONGEST_BANK - 1 and rest[0].group()[0].isalpha():
        span = rest[0].start(), rest[-1].end()
        yield Found("bank", *span, text.raw(*span), None, GUESSED)


def _misspelt_bank(words: list[re.Match[str]]) -> Iterator[Found]:
    """«сбирбанк», «тинькоф»: one letter may be wrong in a long name."""
    names = {name: bank.name for bank in all_banks() for name in bank.aliases if len(name) >= 6}
    for word in words:
        best = process.extractOne(word.group(), list(names), scorer=fuzz.ratio, score_cutoff=_LIKE)
        if best is not None:
            yield Found("bank", *word.span(), names[best[0]])


def read_balance(text: Text, ask: Wanted) -> Iterator[Found]:
    """The outstanding balance in roubles, as a string: «2 млн 350 тыс», «2,35 млн», «3кк»."""
    for match in _MONEY.finditer(text.flat):
        number = float(match["number"].replace(" ", "").replace(",", "."))
        unit = (match["unit"] or "").strip()
        factor = _UNIT.get(unit[:2], _UNIT.get(unit[:1], 1)) if unit else 1
        if unit[:1] in {"т", "к"} and unit != "кк":
            factor = 1000
        value = round(number * factor)
        near = text.flat[max(0, match.start() - 24) : match.start()]
        named = bool(_BALANCE_WORD.search(near))
        if value < LEAST_BALANCE or (value < 3000 and not unit):
            continue
        if _looks_like_another(text, match, named):
            continue
        label = NAMED if named else ""
        yield Found("balance", match.start(), match.end(), str(value), None, label)
    if ask.asked and ask.alone and re.fullmatch(r"\W*\d{1,4}\W*", text.flat):
        whole = text.flat
        yield Found("balance", 0, len(whole), None, "balance_small", GUESSED)


def _looks_like_another(text: Text, match: re.Match[str], named: bool) -> bool:
    """Ten and more digits that nothing calls a sum are a document or a phone."""
    digits = re.sub(r"\D", "", match["number"])
    if named or match["unit"] or match["rub"]:
        return False
    before = text.flat[max(0, match.start() - 12) : match.start()]
    return len(digits) >= 10 or bool(
        re.search(r"[+#]$|договор\w*\W*$|паспорт\w*\W*$|тел\w*\W*$", before)
    )


def read_percent(text: Text, ask: Wanted) -> Iterator[Found]:
    """How much above the balance the agreement wants: «10 %», «без надбавки», «не знаю»."""
    match = _PERCENT.search(text.flat)
    if match is not None and (ask.asked or "надбав" in text.flat or "сверх" in text.flat):
        yield Found("percent", *match.span(), match[1].replace(",", "."), None, NAMED)
        return
    if not ask.asked:
        return
    for pattern, value in ((_UNSURE, "unknown"), (_NO_UPLIFT, "0")):
        said = pattern.search(text.flat)
        if said is not None:
            yield Found("percent", *said.span(), value, None, NAMED)
            return
    bare = re.fullmatch(r"\W*(?:да )?\+? ?(\d{1,2})\W*", text.flat)
    if bare is not None:
        yield Found("percent", *bare.span(1), bare[1])


def read_kind(text: Text, ask: Wanted) -> Iterator[Found]:
    """What was bought with the loan; «дом» counts when it is asked for or stands beside a loan."""
    for kind, pattern in _KIND:
        match = pattern.search(text.flat)
        if match is None:
            continue
        if kind is ObjectKind.HOUSE and not ask.asked and not _BANK_WORD.search(text.flat):
            continue
        yield Found("object_kind", *match.span(), kind.value)
        return


def read_gender(text: Text, ask: Wanted) -> Iterator[Found]:
    """`M` or `F`; one letter counts only as an answer."""
    for pattern, value in ((_WOMAN, "F"), (_MAN, "M")):
        match = pattern.search(text.flat)
        if match is not None and (ask.asked or len(match.group()) > 3):
            yield Found("gender", *match.span(), value)
            return


def read_area(text: Text, ask: Wanted) -> Iterator[Found]:
    """Square metres as a string."""
    match = _AREA.search(text.flat)
    if match is None and ask.alone:
        match = _BARE_AREA.search(text.flat)
    if match is not None:
        value = float(match["area"].replace(",", "."))
        good = 5 <= value <= 5000
        text_value = match["area"].replace(",", ".")
        yield Found("area", *match.span(), text_value if good else None,
                    None if good else "area_range", NAMED)  # fmt: skip


def read_contract(text: Text, ask: Wanted) -> Iterator[Found]:
    """The number of the loan agreement as it is written there."""
    dates = [(one.start, one.end) for one in find_dates(text, ask.today, True)]
    plain = text.without(dates)
    match = _CONTRACT.search(plain.flat)
    if match is None and ask.asked and not _ANOTHER_FACT.search(plain.flat):
        match = _BARE_CONTRACT.search(plain.flat)
    if match is None or not (ask.asked or "договор" in text.flat):
        return
    span = match.span("number")
    number = text.raw(*span).strip(" .,-")
    if sum(char.isdigit() for char in number) >= 2:
        yield Found("contract", *span, number, None, NAMED)


def read_past_date(text: Text, ask: Wanted) -> Iterator[Found]:
    """The date of the agreement: a day that has been."""
    for one in find_dates(text, ask.today, ask.asked):
        before = text.flat[max(0, one.start - 30) : one.start]
        if not ask.asked and not _DATED.search(before):
            continue
        if re.search(r"рожд|родил", before) or not isinstance(one.value, date):
            continue
        if one.label in {"relative"} and one.value > ask.today:
            continue
        if one.value > ask.today:
            yield Found("past_date", one.start, one.end, None, "date_future", NAMED)
        else:
            yield Found("past_date", one.start, one.end, one.value.isoformat(), None, NAMED)
        return


def read_danger(text: Text, ask: Wanted) -> Iterator[Found]:
    """`work`, `sport` or both: what of the two is dangerous."""
    if not ask.asked:
        return
    work, sport = _WORK.search(text.flat), _SPORT.search(text.flat)
    found = [match for match in (work, sport, _BOTH.search(text.flat)) if match is not None]
    if found:
        both = _BOTH.search(text.flat) is not None
        kinds = [name for name, one in (("work", work), ("sport", sport)) if one or both]
        span = min(one.start() for one in found), max(one.end() for one in found)
        yield Found("danger", *span, kinds)


READERS: Readers = {
    "danger": read_danger,
    "bank": read_bank,
    "balance": read_balance,
    "percent": read_percent,
    "risks": read_risks,
    "object_kind": read_kind,
    "gender": read_gender,
    "area": read_area,
    "contract": read_contract,
    "past_date": read_past_date,
}
