"""Full names of people: any case, surname first or last, foreign patronymics, nominative if sure."""

from __future__ import annotations

import re
from functools import cache

from insurance_chat.core.morphology import morphology
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import words as words_of

_WORD = re.compile(r"[а-я]+(?:-[а-я]+){0,2}(?![0-9a-zа-я])")
_PATRONYMIC = re.compile(
    r"[а-я]{2,}(?:(?:ов|ев|ич|ин|ьм|ьк|ом|ол)ич(?:а|у|ем|е|ом)?|(?:ов|ев)н(?:а|ы|е|у|ой|ою)|(?:ич|инич)н(?:а|ы|е|у|ой|ою))"
)
_SHORT_PATRONYMIC = re.compile(
    r"(?:иль|кузьм|лук|фом|никит|савв|ильин|фомин|лукин|кузьмин|никитич|ник)(?:ич(?:а|у|ем|е)?|ичн(?:а|ы|е|у|ой)|инич(?:на|ны|не|ну|ной))"
)
_FOREIGN = {"оглы", "кызы", "гызы", "углы", "улы", "кзы", "оглу", "огли"}
_CASES = (("ичем", "ablt"), ("ичу", "datv"), ("ича", "gent"), ("иче", "loct"), ("вной", "ablt"), ("чной", "ablt"),
          ("вны", "gent"), ("чны", "gent"), ("вне", "datv"), ("чне", "datv"), ("вну", "accs"), ("чну", "accs"))  # fmt: skip
_SURNAME = re.compile(
    r"[а-я\-]{2,}(?:ов|ова|ову|овой|ев|ева|еву|евой|ин|ина|ину|иной|ын|ына|ский|ская|ского|скую|ской|цкий|цкая|ко|юк|чук|ук|ян|янц|дзе|швили|"
    r"ец|их|ых|ый|ий|ой|ая|ич|ман|берг|ер|ль|ак|як|ик|ун|ей|ба|ша|ло)"
)
_WITHOUT = re.compile(
    r"(?:без отчества|отчества нет|нет отчества|отчество отсутствует|отчества не имею)"
)
_LABEL = re.compile(
    r"(?:фио|ф\.?и\.?о\.?|зовут|имя|собственник\w?|владел\w+|водител\w+|страховател\w+|хозя\w+)[ :\-—,]*$"
)
_WORDS_MAX = 60


@cache
def _tags(word: str) -> tuple[str, ...]:
    return tuple(str(parse.tag) for parse in morphology().parse(word)[:6])


def is_patronymic(word: str) -> bool:
    """«Иванович», «сергеевну», «Ильича»."""
    return bool(_PATRONYMIC.fullmatch(word) or _SHORT_PATRONYMIC.fullmatch(word)) and len(word) >= 5


def find_names(text: Text, expected: bool = False) -> list[Found]:
    """Full names «Фамилия Имя Отчество» with spans.

    Problems, only for a name that was asked for or named: `full_name_surname`,
    `full_name_patronymic` (the client may answer «без отчества»).
    """
    words = _groups(text)
    found: list[Found] = []
    used: set[int] = set()
    for index, word in enumerate(words):
        if word is None or index in used:
            continue
        size = _patronymic_size(words, index)
        if not size:
            continue
        one, taken = _around(text, words, index, size, used, expected)
        used.update(taken)
        if one:
            found.append(one)
    if not found:
        found = _without_patronymic(text, words, expected)
    return found


def _groups(text: Text) -> list[re.Match[str] | None]:
    """Words in order; None marks a break (a comma, a number, a new line)."""
    words: list[re.Match[str] | None] = []
    end = 0
    for match in _WORD.finditer(text.flat):
        if (
            text.flat[end : match.start()].strip(" .:")
            or "\n" in text.flat[end : match.start()]
            or "." in text.flat[end : match.start()]
        ):
            words.append(None)
        words.append(match)
        end = match.end()
        if len(words) > _WORDS_MAX * 4:
            break
    return words


def _patronymic_size(words: list[re.Match[str] | None], index: int) -> int:
    word, following = words[index], words[index + 1] if index + 1 < len(words) else None
    if (
        word
        and following
        and following.group() in _FOREIGN
        and word.group() not in words_of("not_names")
    ):
        return 2
    if not word or not is_patronymic(word.group()):
        return 0
    before = words[index - 1] if index else None
    after = following.group() if following else ""
    # «Абрамович Роман Аркадьевич»: the first word is the surname
    if (
        (before is None or before.group() in words_of("not_names"))
        and after
        and index + 2 < len(words)
        and words[index + 2]
    ):
        third = words[index + 2]
        if third and is_patronymic(third.group()) and not is_patronymic(after):
            return 0
    return 1


def _around(
    text: Text,
    words: list[re.Match[str] | None],
    index: int,
    size: int,
    used: set[int],
    expected: bool,
) -> tuple[Found | None, list[int]]:
    first = index - 1
    name = words[first] if first >= 0 else None
    if name is None or first in used or name.group() in words_of("not_names"):
        return None, []
    before = words[first - 1] if first >= 1 and first - 1 not in used else None
    after_index = index + size
    after = words[after_index] if after_index < len(words) else None
    parts = [*range(first, index + size)]
    if before is not None and _can_be_surname(text, before, strict=False):
        return _found(text, words, [first - 1], parts), [first - 1, *parts]
    if after is not None and _can_be_surname(text, after, strict=True):
        return _found(text, words, [after_index], parts), [*parts, after_index]
    last = words[index + size - 1]
    label = bool(_LABEL.search(text.flat[max(0, name.start() - 20) : name.start()]))
    if last is None or not (expected or label):
        return None, parts
    return Found("full_name", name.start(), last.end(), None, "full_name_surname"), parts


def _can_be_surname(text: Text, match: re.Match[str], strict: bool) -> bool:
    word = match.group()
    if word in words_of("not_names") or len(word) < 2 or (is_patronymic(word) and strict):
        return False
    if any("Surn" in tag for tag in _tags(word)) or _SURNAME.fullmatch(word):
        return True
    capital = text.raw(match.start(), match.start() + 1).isupper()
    if any(
        tag.startswith(("PREP", "CONJ", "PRCL", "NPRO", "VERB", "INFN", "ADVB", "PRED"))
        for tag in _tags(word)[:1]
    ):
        return capital and not strict
    return capital or not strict


def _found(
    text: Text, words: list[re.Match[str] | None], surname: list[int], rest: list[int]
) -> Found:
    chosen = [match for match in (words[index] for index in [*surname, *rest]) if match]
    typed = [text.raw(*match.span()) for match in chosen]
    start, end = min(match.start() for match in chosen), max(match.end() for match in chosen)
    label = bool(_LABEL.search(text.flat[max(0, start - 20) : start]))
    value = " ".join(map(_title, _nominative(typed)))
    return Found("full_name", start, end, value, None, "full_name" if label else "")


def _title(word: str) -> str:
    return (
        word.lower()
        if word.lower() in _FOREIGN
        else "-".join(part.capitalize() for part in word.split("-"))
    )


def _nominative(parts: list[str]) -> list[str]:
    """«Иванову Марию Сергеевну» → «Иванова Мария Сергеевна», only if every part is known to inflect."""
    last = parts[-1].lower().replace("ё", "е")
    case = next((case for ending, case in _CASES if last.endswith(ending)), None)
    if case is None:
        return parts
    gender = (
        "femn" if "н" in last[-4:] and not last.endswith(("ича", "ичу", "ичем", "иче")) else "masc"
    )
    cases = {"gent": ("gent", "accs")}.get(case, (case, "loct") if case == "datv" else (case,))
    result = []
    for part, kind in zip(parts, ("Surn", "Name", "Patr"), strict=False):
        straight = _inflect(part.lower(), kind, gender, cases)
        if straight is None:
            return parts
        result.append(straight)
    return result


def _inflect(word: str, kind: str, gender: str, cases: tuple[str, ...]) -> str | None:
    for parse in morphology().parse(word):
        tag = parse.tag
        if kind in tag and gender in tag and "sing" in tag and tag.case in cases:
            form = parse.inflect({"nomn", "sing"})
            return str(form.word) if form else None
    return None


def _without_patronymic(
    text: Text, words: list[re.Match[str] | None], expected: bool
) -> list[Found]:
    """Two words without a patronymic, or three words of a foreign name, when a name was asked for."""
    missing = _WITHOUT.search(text.flat)
    runs: list[list[re.Match[str]]] = [[]]
    for match in words:
        if (
            match is None
            or match.group() in words_of("not_names")
            or (missing and missing.start() <= match.start() < missing.end())
        ):
            runs.append([])
        else:
            runs[-1].append(match)
    for run in runs:
        label = bool(run) and bool(
            _LABEL.search(text.flat[max(0, run[0].start() - 20) : run[0].start()])
        )
        if not (2 <= len(run) <= 4) or not (expected or label) or not _personal(text, run):
            continue
        start, end = run[0].start(), run[-1].end()
        if len(run) >= 3 or missing:
            value = " ".join(_title(text.raw(*match.span())) for match in run)
            return [Found("full_name", start, end, value, None, "full_name" if label else "")]
        return [Found("full_name", start, end, None, "full_name_patronymic")]
    return []


def _personal(text: Text, run: list[re.Match[str]]) -> bool:
    """At least one word is a known first name or surname, and none is an ordinary small word."""
    known = False
    for match in run:
        tags = _tags(match.group())
        personal = any(mark in tag for tag in tags for mark in ("Name", "Surn", "Patr"))
        capital = text.raw(match.start(), match.start() + 1).isupper()
        ordinary = tags[0].startswith(
            ("PREP", "CONJ", "PRCL", "NPRO", "VERB", "INFN", "ADVB", "PRED", "NUMR")
        )
        if ordinary and not personal:
            return False
        if not personal and not capital and not tags[0].startswith("NOUN"):
            return False
        known = known or personal or (capital and len(run) >= 3)
    return known


def is_name_part(word: str) -> bool:
    """True for what can be a first name or a surname."""
    if any(mark in tag for tag in _tags(word) for mark in ("Surn", "Name")):
        return True
    return bool(_SURNAME.fullmatch(word)) and not is_russian_word(word)


def is_russian_word(word: str) -> bool:
    """True for a word of the dictionary, so that it is not taken for a misspelt name of something."""
    return bool(morphology().word_is_known(word))


def personal_nominative(word: str) -> str | None:
    """«ивановой» → «Иванова», «марию» → «Мария»; None for a word that is not a first name or surname."""
    parses = morphology().parse(word)
    for parse in parses[:6]:
        tag = parse.tag
        if ("Surn" in tag or "Name" in tag) and "sing" in tag:
            form = parse.inflect({"nomn", "sing"})
            return _title(str(form.word)) if form else None
    return None
