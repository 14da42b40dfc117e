"""Which risks a client wants: «имущество + жизнь», «только имущество, банк требует», «без титула»."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.own_types import NAMED, Wanted
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.insurance.mortgage.types import Risk

_WORDS = {
    Risk.PROPERTY: r"имуществ\w*|имушеств\w*|конструктив\w*|стен[ыу]\w*|недвижимост\w*|недвиж\w*|залог\w*",
    Risk.LIFE: r"жизн\w*|жизь|здоров\w*|здаров\w*|трудоспособност\w*",
    Risk.TITLE: r"титул\w*|титл\w*|прав\w* собственности|потер\w* (?:права )?собственности",
}
_ALSO = {Risk.PROPERTY: r"квартир\w*|дом(?:а|у)?|комнат\w*|обязательн\w+|что банк требует"}
_ALL = re.compile(
    r"(?<![а-я])(?:комплекс\w*|все (?:три|3|риски|сразу|вместе)|по полной|полн(?:ый|ая|ую) (?:пакет|защит\w*)|все включено|(?:три|3) риска)(?![а-я])"
)
_BARE_ALL = re.compile(r"^\W*(?:все|всё|комплект|полностью)\W*$")
_WITHOUT = re.compile(
    r"(?<![а-я])(?:без|убер\w*|убрать|уберите|не надо|не нужн\w*|не хочу|исключ\w*|отказ\w*(?: от)?|кроме|минус|выкин\w*|снять|снимите|не буду)(?: (?:страх\w+|страховк\w+|меня|мне|тогда|пожалуйста))?(?: \w+)? ?$"
)
_ONLY = re.compile(r"(?<![а-я])(?:только|лишь|одно|одну|один|тока|токо|онли)(?![а-я])")
_ADD = re.compile(r"(?<![а-я])(?:добав\w*|плюс|еще|ещё|тоже|также|вместе с)(?![а-я])")
_GAP = 26  # letters before a risk in which «без» still belongs to it


def read_risks(text: Text, ask: Wanted) -> Iterator[Found]:
    """Codes of the risks that are wanted, in the order of `Risk`.

    With some chosen already, «без титула» takes one away and «добавьте жизнь» puts one in.
    """
    every = _ALL.search(text.flat) or (_BARE_ALL.search(text.flat) if ask.asked else None)
    if every is not None:
        yield Found("risks", *every.span(), [risk.value for risk in Risk], None, NAMED)
        return
    named = _mentions(text, asked=ask.asked)
    if not named:
        return
    start, end = min(one[1] for one in named), max(one[2] for one in named)
    wanted = {risk for risk, _, _, away in named if not away}
    away = {risk for risk, _, _, gone in named if gone}
    known = {Risk(code) for code in ask.known or ()}
    changed = _ADD.search(text.flat) or away
    if known and changed and not _ONLY.search(text.flat) and not ask.asked:
        chosen = (known | wanted) - away
        label = NAMED
    elif wanted:
        chosen = wanted - away
        label = NAMED if _ONLY.search(text.flat) else ""
    else:
        chosen = set(known or Risk) - away if known or ask.asked else set()
        label = NAMED
    if chosen:
        codes = [risk.value for risk in Risk if risk in chosen]
        yield Found("risks", start, end, codes, None, label)


def _mentions(text: Text, *, asked: bool) -> list[tuple[Risk, int, int, bool]]:
    found: list[tuple[Risk, int, int, bool]] = []
    for risk in Risk:
        words = _WORDS[risk]
        if asked and risk in _ALSO:
            words = f"{words}|{_ALSO[risk]}"
        for match in re.finditer(rf"(?<![а-я])(?:{words})(?![а-я])", text.flat):
            before = re.split(r"[,.;!?\n]", text.flat[max(0, match.start() - _GAP) : match.start()])
            found.append((risk, *match.span(), bool(_WITHOUT.search(before[-1]))))
            break
    return found
