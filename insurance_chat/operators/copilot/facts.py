"""What no change of style may lose: numbers, dates, names, links."""

from __future__ import annotations

import re
from collections import Counter

from insurance_chat.dialogue.answering.sentences import split_sentences

_LINK = re.compile(
    # Lengths are bounded and a part of a word never begins an address: no text takes long to read.
    r"https?://[^\s<>«»\"]{1,500}|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|"
    r"(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:ru|рф|com|su|org|net)\b",
    re.IGNORECASE,
)
_AFTER = ".,;:!?)…"
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_COUNTED = re.compile(
    r"\b(?:од(?:ин|на|но|ного|ной|ну|ним)|дв(?:а|е|ух|умя)|три|тр[её]х|четыр\w+|пят(?:ь|и)|шест(?:ь|и)|"
    r"сем(?:ь|и)|вос[её]?м(?:ь|и)|восьми|девят(?:ь|и)|десят(?:ь|и)|полтора|полгода|год\w*|"
    r"январ\w+|феврал\w+|март\w*|апрел\w+|ма[йяе]|июн\w+|июл\w+|август\w*|сентябр\w+|октябр\w+|"
    r"ноябр\w+|декабр\w+|сегодня|завтра|послезавтра|не|нет|нельзя|без)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[А-ЯЁA-Z][\w-]*")
_ALWAYS = re.compile(r"[А-ЯЁA-Z]{2,}|[A-Z]")


def facts_of(text: str) -> Counter[str]:
    """Facts of a text with how often each is said.

    A capitalised word is a name unless it only begins a sentence; one in capitals always is.
    """
    found = Counter(match.rstrip(_AFTER).lower() for match in _LINK.findall(text))
    # The end of a sentence may stick to a link; without it the next word would look like a name.
    rest = _LINK.sub(lambda link: f"x{link[0][len(link[0].rstrip(_AFTER)) :]}", text)
    found.update(_NUMBER.findall(rest))
    for sentence in split_sentences(rest):
        found.update(names_in(sentence))
    return found


def lost(before: str, after: str) -> list[str]:
    """Facts that a text had and its new form has not; empty when all are there."""
    return sorted((facts_of(before) - facts_of(after)).elements())


def says_something_exact(sentence: str) -> bool:
    """Whether a sentence has facts, a refusal or a time, so that a shorter text cannot drop it."""
    return bool(facts_of(sentence)) or _COUNTED.search(sentence) is not None


def flat(sentence: str) -> str:
    """Words of a sentence, to compare it with another one."""
    return " ".join(re.findall(r"\w+", sentence.lower()))


def names_in(sentence: str) -> list[str]:
    """Capitalised words of one sentence; its first word only when it is in capitals altogether."""
    first = re.search(r"\w", sentence)
    begin = first.start() if first else 0
    return [
        match[0]
        for match in _WORD.finditer(sentence)
        if match.start() != begin or _ALWAYS.match(match[0])
    ]
