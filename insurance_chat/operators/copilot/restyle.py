"""Changes of a text that keep what it says: shorter, fuller, other words, tidy, another tone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from insurance_chat.dialogue.answering.grounded import Citation
from insurance_chat.dialogue.answering.sentences import BULLET, split_sentences
from insurance_chat.knowledge.passages import PATH_SEPARATOR
from insurance_chat.operators.copilot.facts import flat, lost, says_something_exact
from insurance_chat.operators.copilot.phrases import padding, phrases, tone, way

MOST_ADDED = 4  # sentences that «подробнее» adds
_ASIDE = re.compile(r"\s\([^()\d]{1,80}\)")
_ITEM = re.compile(r"^(?:• |[-–—*]\s|\d{1,2}[.)]\s)")
_FIRST_WORD = re.compile(r"\w[\w-]*")
_LETTER = r"[А-ЯЁа-яёA-Za-z]"
_LINKED = re.compile(r"(?:https?://|www\.|@)")
_PICTURE = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f\u200d]+[ ]?")


def shorten(text: str) -> str:
    """Drop what holds no fact: asides, padding words, sentences that only accompany.

    The first sentence stays, so does every sentence with a number, a date, a name, a link or a
    refusal, and whatever such a sentence leans on.
    """
    out: list[str] = []
    first = True
    for line in text.split("\n"):
        if _ITEM.match(line):
            out.append(_guarded(line, _without_padding))
        elif kept := _needed(split_sentences(line), first=first):
            out.append(" ".join(_guarded(sentence, _without_padding) for sentence in kept))
            first = False
        elif line.strip() == "" and out and out[-1]:
            out.append("")
    return "\n".join(out).strip()


def _needed(sentences: list[str], *, first: bool) -> list[str]:
    kept: list[str] = []
    for place, sentence in enumerate(sentences):
        if not (first and place == 0) and not says_something_exact(sentence):
            continue
        if place and _leans(_without_padding(sentence)) and sentences[place - 1] not in kept:
            kept.append(sentences[place - 1])
        kept.append(sentence)
    return kept


def _without_padding(sentence: str) -> str:
    shorter = _ASIDE.sub("", sentence)
    shorter = padding().sub("", shorter)
    shorter = re.sub(r"[ ]+([,.;:!?])", r"\1", shorter).strip()
    return shorter[:1].upper() + shorter[1:] if sentence[:1].isupper() else shorter


def lengthen(text: str, sources: Iterable[Citation]) -> str:
    """Add what the first source that knows more says; a list comes whole.

    A passage of which the text has nothing yet is introduced by its heading.
    """
    have = {flat(sentence) for sentence in split_sentences(text)}
    for source in sources:
        said = split_sentences(source.quote)
        fresh = [one for one in said if flat(one) not in have]
        if not fresh:
            continue
        items = [one for one in fresh if one.startswith(BULLET)]
        added = _lines(fresh if items else fresh[:MOST_ADDED])
        return f"{text}\n\n{added if len(fresh) < len(said) else headed(source, added)}".strip()
    return text


def headed(source: Citation, text: str) -> str:
    """A passage under its own heading, so that it can be read without the question."""
    heading = source.section.rsplit(PATH_SEPARATOR, 1)[-1].strip()
    if not heading:
        return text
    gap = "\n" if text.startswith(BULLET) else " "
    return f"{heading}{'' if heading[-1] in '?!.:' else ':'}{gap}{text}"


def _lines(sentences: list[str]) -> str:
    out = ""
    for sentence in sentences:
        item = sentence.startswith(BULLET)
        out += ("\n" if item or out.rsplit("\n", 1)[-1].startswith(BULLET) else " ") + sentence
    return out.strip()


def rephrase(text: str, number: int) -> str:
    """Say the same in other words and, where sentences do not lean on each other, in another order.

    Args:
        number: which of the ways, from 1; each takes other words.
    """
    lines = [
        line if _ITEM.match(line) else " ".join(_turned(_blocks(line), number))
        for line in text.split("\n")
    ]
    return _sentence_by_sentence("\n".join(lines), way(number).put)


def _blocks(line: str) -> list[str]:
    """Sentences with those that lean on them."""
    blocks: list[str] = []
    for sentence in split_sentences(line):
        if blocks and _leans(sentence):
            blocks[-1] += f" {sentence}"
        else:
            blocks.append(sentence)
    return blocks


def _turned(blocks: list[str], number: int) -> list[str]:
    # What ends in a colon introduces the line below and must stay last.
    if len(blocks) < 2 or blocks[-1].endswith(":") or _begins(blocks[0], "first"):
        return blocks
    place = number % len(blocks)
    return blocks[place:] + blocks[:place]


def _leans(sentence: str) -> bool:
    return _begins(sentence, "leaning")


def _begins(sentence: str, kind: str) -> bool:
    word = _FIRST_WORD.search(sentence)
    return word is None or word[0].lower() in phrases()[kind]


def retone(text: str, name: str) -> str:
    """Say the same officially or warmly.

    Args:
        name: `formal` or `warm`.
    """
    if name == "formal":
        text = re.sub(r"!+", ".", _PICTURE.sub("", text)).replace("..", ".")
    return _sentence_by_sentence(text, tone(name).put)


def tidy(words: str) -> str:
    """Make a message of what an agent has jotted down: spaces, capitals, a full stop."""
    text = re.sub(r"[ \t\u00a0]+", " ", words.strip().strip('"«»“”').strip())
    text = re.sub(r" *\n *", "\n", text)
    text = re.sub(rf"\s+([,;!?])(?=\s|$|{_LETTER})", r"\1", text)
    text = re.sub(rf"([,;!?])(?={_LETTER})", r"\1 ", text) if not _LINKED.search(text) else text
    text = re.sub(r"([!?])\1+", r"\1", text)
    text = re.sub(r"([!?] +)([а-яё])", lambda found: found[1] + found[2].upper(), text)
    text = text[:1].upper() + text[1:]
    ends_in_link = _LINKED.search(text.rsplit(" ", 1)[-1]) is not None
    return text if not text or text[-1] in ".!?…:)" or ends_in_link else f"{text.rstrip(',;')}."


def _sentence_by_sentence(text: str, change: Callable[[str], str]) -> str:
    return "\n".join(
        _guarded(line, change)
        if _ITEM.match(line)
        else " ".join(_guarded(sentence, change) for sentence in split_sentences(line))
        for line in text.split("\n")
    )


def _guarded(sentence: str, change: Callable[[str], str]) -> str:
    """The changed sentence, or the sentence itself when the change would lose a fact."""
    changed = change(sentence)
    return sentence if not changed or lost(sentence, changed) else changed
