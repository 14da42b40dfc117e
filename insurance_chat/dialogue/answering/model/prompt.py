"""The prompt of an answer: instructions are a versioned file, the rest is delimited data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from insurance_chat.dialogue.answering.grounded import Near
from insurance_chat.dialogue.answering.model.sources import Source
from insurance_chat.dialogue.answering.ports import Asking
from insurance_chat.llm.ports import ChatMessage
from insurance_chat.llm.profile import Profile
from insurance_chat.llm.prompting import block, data, instructions

NAME: Final = "answer v1"
MOST_PASSAGES: Final = 5
_HERE = Path(__file__).parent
_LINES: Final = 6
_LONGEST_LINE: Final = 300
_LONGEST_SUMMARY: Final = 800
_LONGEST_QUESTION: Final = 2000
_LONGEST_REFUSED: Final = 1500
_SPEAKERS = {"user": "клиент", "ai": "ассистент", "agent": "агент", "system": "система"}
# A document that talks to the assistant instead of about insurance.
_ORDERS = re.compile(
    r"(?:игнорир|проигнорир|забудь|не обращай внимани|отбрось)[а-я]* (?:все |всё |эти |свои |прошл|предыдущ|инструкц|правил)"
    r"|ты (?:теперь|больше не|—|-) ?(?:бот|ии|ассистент|помощник|модел|dan)|системн[а-я]+ промпт"
    r"|(?:ignore|disregard|forget) (?:all|any|the|your|previous)|system prompt|you are now|as an ai"
    r"|(?:скажи|ответь|сообщи|напиши) (?:клиент|пользовател)|<\|im_|\[inst\]",
    re.IGNORECASE,
)


def sources_of(near: Near) -> dict[int, Source]:
    """Passages for the model by number, best first; those that give orders are left out."""
    fit = [
        (hit, score)
        for hit, score in zip(near.hits, near.scores, strict=True)
        if not _ORDERS.search(hit.text)
    ]
    return {
        number: Source(
            number, hit.document_public_id, hit.title, hit.page, hit.heading, hit.text, score
        )
        for number, (hit, score) in enumerate(fit[:MOST_PASSAGES], start=1)
    }


def render(
    asking: Asking, sources: Mapping[int, Source], profile: Profile
) -> tuple[ChatMessage, ...]:
    """Instructions and one message of data; its size does not grow with the chat."""
    passages = [
        f"[{one.number}] {data(f'{one.title} › {one.section}')}\n{_passage(one.text)}"
        for one in sources.values()
    ]
    told = [
        f"{_SPEAKERS.get(line.sender, line.sender)}: {line.text[:_LONGEST_LINE]}"
        for line in list(asking.history)[-_LINES:]
    ]
    blocks = [
        block("указания_компании", [profile.system_prompt]),
        block("тон", [profile.tone]),
        block("язык", [profile.language]),
        block("раньше", [asking.summary[:_LONGEST_SUMMARY]]),
        block("переписка", told),
        "<отрывки>\n" + "\n\n".join(passages) + "\n</отрывки>",
        block("вопрос", [asking.question[:_LONGEST_QUESTION]]),
    ]
    text = "\n".join(one for one in blocks if one)
    return ChatMessage("system", instructions(_HERE, NAME)), ChatMessage("user", text)


def repair(refused: str, why: str) -> tuple[ChatMessage, ...]:
    """What is added to the prompt for the second try."""
    told = (
        f"Ответ не показан клиенту: {data(why)}. Ответь заново по тем же правилам: каждое "
        "предложение — почти словами отрывка и со ссылкой [[номер|дословный кусок]]. Если отрывки "
        "не отвечают, напиши [[0]]."
    )
    return (
        ChatMessage("assistant", refused[:_LONGEST_REFUSED] or "…"),
        ChatMessage("user", told),
    )


def _passage(text: str) -> str:
    # A passage must not look like a citation or like another passage.
    return data(text).replace("[[", "[ [").replace("]]", "] ]")
