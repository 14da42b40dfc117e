"""Reads one message of a chat with an agent for signs of a sale outside the service. Pure.

A sign is a fact that somebody states: «оплатила», «полис оформили». A question, a wish, a negation
and a story about last year are not; «да» after the agent's question «оплатили?» is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from insurance_chat.operators.commissions.types import Sign

_SENTENCE = re.compile(r"[^.!?\n;]+[.!?]*")
_POLICY = r"(?:полис\w*|страховк\w*|осаго|каско|договор\w*)"
_MONEY = r"(?:деньг\w+|денежк\w+|оплат\w+|сумм\w+|предоплат\w+|перевод\w*|\d[\d\s]*(?:р|руб\w*|тыс\w*)\b)"
_NEAR = r"(?:\W+\w+){0,4}?\W+"

_PAID = re.compile(
    r"\b(?:оплатил[аи]?|оплачен[аоы]?|заплатил[аи]?|проплатил[аи]?|оплачено)\b"
    rf"|\b(?:перевел[аи]?|перечислил[аи]?|скинул[аи]?|отправил[аи]?|внес(?:ла|ли)?){_NEAR}{_MONEY}"
    rf"|\b{_MONEY}{_NEAR}(?:перевел[аи]?|перечислил[аи]?|скинул[аи]?|отправил[аи]?|внес(?:ла|ли)?|получил[аи]?)\b"
    r"|\b(?:деньги|оплата|перевод|платеж)\s+(?:уже\s+)?(?:пришл[аи]|пришел|прош(?:ла|ел|ли)|"
    r"поступил[аи]?|ушл[аи]|ушел|получен[аы]?|дошл[аи]|дошел|у\s+меня)\b"
    r"|\bполучил[аи]?\s+(?:от\s+вас\s+)?(?:деньги|оплату|перевод|платеж)\b"
    r"|\b(?:чек|квитанци\w+)\s+(?:об\s+оплате\s+)?(?:прилож|прикреп|отправ|скину|высла)\w*л[аи]?\b"
    r"|\bчек\s+об\s+оплате\b"
)
_ISSUED = re.compile(
    rf"\b(?:оформил[аи]?|выпустил[аи]?|выписал[аи]?|сделал[аи]?){_NEAR}{_POLICY}"
    rf"|\b{_POLICY}{_NEAR}?(?:оформил[аи]?|выпустил[аи]?|выписал[аи]?|сделал[аи]?)\b"
    rf"|\b{_POLICY}\s+(?:\w+\s+){{0,2}}?(?:готов[аы]?|оформлен[аы]?|выпущен[аы]?|выписан[аы]?|"
    r"сделан[аы]?|пришел|пришла|получил[аи]?|отправил[аи]?|выслал[аи]?)\b"
    rf"|\b(?:получил[аи]?|пришел|пришла|отправил[аи]?|выслал[аи]?)\s+(?:вам\s+|мне\s+|ваш\s+|на\s+почту\s+){{0,3}}{_POLICY}"
)
# A series begins with a doubled letter (ХХХ, ТТТ, ААС), unlike СТС, ПТС and VIN.
_NUMBER = re.compile(
    r"(?<!\w)((?:([а-яa-z])\2)[а-яa-z])\s*(?:№|n|номер)?\s*(\d(?:[\s-]?\d){9})(?!\d)", re.I
)
_SERIES = str.maketrans("abcehkmoptxy", "авсенкмортху")

_NOT_A_FACT = re.compile(
    r"\b(?:не|ни|нет|без|если|когда|чтобы|как\s+только|после\s+того\s+как|пока|нужно|надо|"
    r"хочу|хотел[аи]?|хотите|можно|можете|будет|будут|давайте|сначала|прежде\s+чем|"
    r"собираюсь|планирую|осталось)\b"
)
_LONG_AGO = re.compile(
    r"\b(?:прошл(?:ый|ого|ому|ом|ой|ая|ую|ые|ых)|предыдущ\w+|стар(?:ый|ого|ому|ая|ой|ую)|раньше|ранее|год\s+назад|в\s+том\s+году|"
    r"назад|действующ\w+|текущ\w+|истек\w*|закончил\w*|заканчива\w+|кончается|всегда|обычно)\b"
)
_YES = re.compile(
    r"^\W*(?:да|ага|угу|конечно|уже|только\s+что|готово|сделано|сделал[аи]?|все\s+ок|все|ок)\b"
    r"(?!\W+(?:но|не|нет|если|завтра|позже)\b)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A sign and, for a policy's number, the number without spaces, series in Cyrillic letters."""

    sign: Sign
    number: str | None = None


def find_signs(text: str, before: str | None = None) -> list[Found]:
    """Signs that a message states, each once.

    Args:
        text: what a client or an agent said.
        before: what the other side had said just before, if anything.
    """
    found: dict[Sign, Found] = {}
    for sentence in _sentences(text):
        for one in _stated(sentence):
            found.setdefault(one.sign, one)
    for sign in _agreed(text, before):
        found.setdefault(sign, Found(sign))
    return list(found.values())


def _sentences(text: str) -> list[str]:
    plain = text.lower().replace("ё", "е")
    return [match.group().strip() for match in _SENTENCE.finditer(plain)]


def _stated(sentence: str) -> list[Found]:
    if sentence.endswith("?") or _LONG_AGO.search(sentence):
        return []
    found = []
    for sign, pattern in ((Sign.PAYMENT_MADE, _PAID), (Sign.POLICY_ISSUED, _ISSUED)):
        match = pattern.search(sentence)
        if match and not _NOT_A_FACT.search(sentence[: match.end()]):
            found.append(Found(sign))
    number = _NUMBER.search(sentence)
    if number and not _NOT_A_FACT.search(sentence[: number.start()]):
        series = number.group(1).translate(_SERIES).upper()
        found.append(Found(Sign.POLICY_NUMBER, series + re.sub(r"\D", "", number.group(3))))
    return found


def _agreed(text: str, before: str | None) -> list[Sign]:
    if before is None or not _YES.search(text.lower().replace("ё", "е")):
        return []
    questions = [sentence for sentence in _sentences(before) if sentence.endswith("?")]
    asked = [question for question in questions if not _LONG_AGO.search(question)]
    patterns = ((Sign.PAYMENT_MADE, _PAID), (Sign.POLICY_ISSUED, _ISSUED))
    return [sign for sign, pattern in patterns if any(pattern.search(one) for one in asked)]
