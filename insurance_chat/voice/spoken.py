"""What a written answer sounds like: sums, dates, numbers of documents, links and lists in words."""

from __future__ import annotations

import re
from decimal import Decimal

from insurance_chat.core.clock import MONTHS
from insurance_chat.voice.codes import code_words, digit_words, phone_words, plate_words
from insurance_chat.voice.number_speech import LARGEST, cardinal, form, fraction, ordinal_of

_SPACE = "[ \u00a0\u202f]"
_WHOLE = rf"(?:\d{{1,3}}(?:{_SPACE}\d{{3}})+|\d+)"
_NUMBER = rf"{_WHOLE}(?:[.,]\d{{1,3}})?"
_MONEY_UNIT = r"(?:₽|руб(?:\.|л[а-яё]*)?|р\.)"
_RUBLES = ("рубль", "рубля", "рублей")
_KOPECKS = ("копейка", "копейки", "копеек")
_PERCENT = ("процент", "процента", "процентов")
_PLATE = re.compile(
    r"(?<![0-9A-Za-zА-Яа-яЁё])[АВЕКМНОРСТУХ]\d{3}[АВЕКМНОРСТУХ]{2}\d{2,3}(?![0-9A-Za-zА-Яа-яЁё])"
)
_VIN = re.compile(r"\b(?=[A-HJ-NPR-Z0-9]*[A-Z])(?=[A-HJ-NPR-Z0-9]*\d)[A-HJ-NPR-Z0-9]{17}\b")
_PHONE = re.compile(r"(?<!\d)(?:\+7|8)[ (-]*\d{3}[ )-]*\d{3}[ -]*\d{2}[ -]*\d{2}(?!\d)")
_CODE = re.compile(r"(?<![\dA-ZА-Я])(?:[A-ZА-Я]{2,3}[ -]?)?№? ?(?:\d{2} \d{2} \d{6}|\d{10,})(?!\d)")
_SIGNS: tuple[tuple[str, str], ...] = (
    (r"\bVIN\b", "вин"),
    (r"\bPDF\b", "пэ дэ эф"),
    (r"\bСТС\b", "эс тэ эс"),
    (r"\bПТС\b", "пэ тэ эс"),
    (r"\bЭПТС\b", "электронный пэ тэ эс"),
    (r"\bКБМ\b", "ка бэ эм"),
    (r"\bДТП\b", "дэ тэ пэ"),
    (r"\bРСА\b", "эр эс а"),
    (r"\bГИБДД\b", "гэ и бэ дэ дэ"),
    (r"\bФИО\b", "фамилия, имя и отчество"),
    (r"\bИИ\b", "и и"),
    (r"л\. ?с\.", "лошадиных сил"),
    (r"\bт\. ?е\.", "то есть"),
    (r"\bи т\. ?д\.", "и так далее"),
    (r"\bи т\. ?п\.", "и тому подобное"),
    (r"\bст\. ?(?=\d)", "статья "),
    (r"\bп\. ?(?=\d)", "пункт "),
    (r"№ ?", "номер "),
    (r"₽", " рублей "),
    (r"%", " процентов "),
    (r"&", " и "),
)
_LEFT_OUT = re.compile(
    "[\U0001f000-\U0001faff\u2190-\u21ff\u2600-\u27bf\ufe0f\u200d*_`#>|~\\[\\]{}<>\\\\^]"
)


def speakable(text: str) -> str:
    """Words to be said for a written text; numbers, marks and addresses are all turned into words.

    Args:
        text: as it is shown in the chat, with its simple markup.
    """
    said = text.replace("\r", "")
    for rule in (_links, _lists, _codes, _phones, _times, _dates, _money, _percents, _units):
        said = rule(said)
    for pattern, words in _SIGNS:
        said = re.sub(pattern, words, said)
    said = _numbers(_LEFT_OUT.sub(" ", said))
    said = re.sub(r"[«»\"„“”()]", "", said)
    said = re.sub(r"\s+[—–-]\s+", ", ", said)
    said = re.sub(r"[ \t]+", " ", said)
    said = re.sub(r" +([,.!?:;])", r"\1", said)
    return "\n".join(line.strip() for line in said.split("\n") if line.strip())


def _links(text: str) -> str:
    text = re.sub(r"\[\[?\d+(?:, ?\d+)*\]\]?", "", text)  # numbers of sources
    text = re.sub(r"!?\[([^\]]+)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?:https?://|www\.)\S+", "ссылка есть в сообщении", text)
    return re.sub(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)", _mail, text)


def _mail(found: re.Match[str]) -> str:
    host = found[2].replace(".", " точка ")
    return f"{found[1].replace('.', ' точка ')} собака {host}"


def _lists(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        numbered = re.match(r"^\s*(\d{1,2})[.)]\s+(.*)", line)
        said = re.sub(r"^\s*[-*•–—]\s+", "", line)
        if numbered:
            said = f"{cardinal(int(numbered[1]))}: {numbered[2]}"
        # A line is a sentence, or the voice runs on into the next one.
        lines.append(re.sub(r"(?<=[\w)»₽%*])$", ".", said.rstrip()))
    return "\n".join(lines)


def _codes(text: str) -> str:
    text = _VIN.sub(lambda found: code_words(found[0]), text)
    text = _PLATE.sub(lambda found: plate_words(found[0]), text)
    return _CODE.sub(lambda found: f" {code_words(found[0])}", text)


def _phones(text: str) -> str:
    return _PHONE.sub(lambda found: phone_words(found[0]), text)


def _times(text: str) -> str:
    def words(found: re.Match[str]) -> str:
        hours, minutes = int(found[1]), int(found[2])
        tail = "ноль-ноль" if not minutes else cardinal(minutes)
        if 0 < minutes < 10:
            tail = f"ноль {tail}"
        return f"{cardinal(hours)} {tail}"

    return re.sub(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])", words, text)


def _dates(text: str) -> str:
    def numeric(found: re.Match[str]) -> str:
        day, month, year = int(found[1]), int(found[2]), int(found[3])
        if not (1 <= day <= 31 and 1 <= month <= 12 and 1900 <= year <= 2999):
            return found[0]
        return f"{ordinal_of(day)} {MONTHS[month - 1]} {ordinal_of(year)} года"

    def worded(found: re.Match[str]) -> str:
        year = f" {ordinal_of(int(found[3]))} года" if found[3] else ""
        return f"{ordinal_of(int(found[1]))} {found[2]}{year}"

    text = re.sub(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)(?: ?г(?:ода|\.))?", numeric, text)
    months = "|".join(MONTHS)
    text = re.sub(
        rf"(?<!\d)([1-9]|[12]\d|3[01]){_SPACE}({months})(?:{_SPACE}((?:19|20)\d\d)(?!\d)"
        rf"(?:{_SPACE}?г(?:ода|\.))?)?",
        worded,
        text,
    )
    return re.sub(
        rf"(?<!\d)((?:19|20)\d\d){_SPACE}?(?:года|г\.)(?!\w)",
        lambda found: f"{ordinal_of(int(found[1]))} года",
        text,
    )


def _value(written: str) -> Decimal:
    return Decimal(re.sub(_SPACE, "", written).replace(",", "."))


def _money(text: str) -> str:
    def words(found: re.Match[str]) -> str:
        value = _value(found[1])
        if value > LARGEST:
            return found[0]
        rubles = int(value)
        said = f"{cardinal(rubles)} {form(rubles, _RUBLES)}"
        kopecks = int((value - rubles) * 100)
        if kopecks:
            said += f" {cardinal(kopecks, female=True)} {form(kopecks, _KOPECKS)}"
        return said + ("." if found[0].endswith(".") and _ends_sentence(text, found.end()) else "")

    # «5 000–7 000 ₽»: the first number has the same unit and is said as a plain number.
    text = re.sub(rf"({_WHOLE}) ?[–—-] ?(?={_WHOLE}{_SPACE}?{_MONEY_UNIT})", r"\1 до ", text)
    text = re.sub(rf"({_NUMBER}){_SPACE}?{_MONEY_UNIT}(?![а-яё])", words, text)

    def copper(found: re.Match[str]) -> str:
        count = int(found[1])
        return f"{cardinal(count, female=True)} {form(count, _KOPECKS)}"

    return re.sub(rf"(?<!\d)(\d{{1,2}}){_SPACE}?коп(?:\.|е[а-яё]*)", copper, text)


def _ends_sentence(text: str, at: int) -> bool:
    return re.match(r"\s*(?:$|\n|\s[А-ЯЁA-Z])", text[at:]) is not None


def _percents(text: str) -> str:
    def words(found: re.Match[str]) -> str:
        value = _value(found[1])
        if value != int(value):
            return f"{fraction(value)} процента"
        return f"{cardinal(int(value))} {form(int(value), _PERCENT)}"

    return re.sub(rf"({_NUMBER}){_SPACE}?%", words, text)


_FEMALE_UNIT = re.compile(
    rf"(?<![\d.,])({_WHOLE})(?={_SPACE}(?:минут|секунд|недел|машин|компани|страниц|заяв|поездк))"
)


def _units(text: str) -> str:
    """«2 минуты» are «две»."""
    return _FEMALE_UNIT.sub(lambda found: _safe(found[1], female=True), text)


def _safe(written: str, *, female: bool = False) -> str:
    value = _value(written)
    if value > LARGEST:
        return digit_words(re.sub(r"\D", "", written))
    if value != int(value):
        return fraction(value)
    return cardinal(int(value), female=female)


def _numbers(text: str) -> str:
    def words(found: re.Match[str]) -> str:
        written = found[0]
        # «007» is a code; «0,46» is a number.
        code = written.isdigit() and len(written) > 1 and written[0] == "0"
        return f" {digit_words(written) if code else _safe(written)} "

    return re.sub(_NUMBER, words, text)
