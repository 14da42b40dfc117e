"""Topics of the memory as data of the products: how they are written, named and forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from insurance_chat.conversations.memory.types import Memory
from insurance_chat.conversations.privacy import mask_email, mask_phone
from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.slots import SlotDefinition


class Topic(BaseModel):
    """One topic.

    Args:
        title: Russian name in the nominative («машина»).
        fields: names of values and how each is written, in order; a value that is not known or
            false is left out.
        mask: how much of the value the client's screen shows.
        words: beginnings of words by which clients mean it.
        button: `{title, value}` that forgets it.
        slots: what the dialogue clears with it, besides the slots that declare `remember`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    fields: dict[str, str]
    mask: Literal["name", "phone", "email", ""] = ""
    words: tuple[str, ...]
    button: dict[str, str]
    slots: tuple[str, ...] = ()

    def written(self, values: Mapping[str, Any]) -> str:
        """The values for the eyes of the client: «Kia Rio, 2018 г., А123ВС77», «Иван И.»."""
        parts = [how.format(_plain(values[n])) for n, how in self.fields.items() if values.get(n)]
        text = ", ".join(part for part in parts if part)
        return _MASKS[self.mask](text) if self.mask and text else text

    def is_meant(self, words: str) -> bool:
        """Whether the words (lower case, without «ё») name the topic."""
        begins = "|".join(re.escape(word.replace("ё", "е")) for word in self.words)
        return re.search(rf"(?<![а-яa-z])(?:{begins})", words) is not None


_TOPICS: TypeAdapter[dict[str, Topic]] = TypeAdapter(dict[str, Topic])


def load_topics(paths: Iterable[Path]) -> dict[str, Topic]:
    """Read files of topics; a later file may not redefine a topic of an earlier one.

    Raises:
        pydantic.ValidationError: a topic is malformed.
        ValueError: a topic is defined twice.
    """
    topics: dict[str, Topic] = {}
    for path in paths:
        found = _TOPICS.validate_python(read_yaml(path) or {})
        twice = set(topics) & set(found)
        if twice:
            raise ValueError(f"{path}: topics {sorted(twice)} are defined twice")
        topics |= found
    return topics


def slots_of(
    topic: str, topics: Mapping[str, Topic], slots: Mapping[str, SlotDefinition]
) -> set[str]:
    """Slots of the dialogue that hold something of a topic."""
    declared = {s.name for s in slots.values() if s.remember and s.remember.topic == topic}
    return declared | set(topics[topic].slots)


def words(memory: Memory, topics: Mapping[str, Topic]) -> str:
    """What is remembered, in one short text for a language model: masked as on the screen.

    Empty when nothing is remembered.
    """
    known = {name: topic.written(_values(memory, name)) for name, topic in topics.items()}
    return "; ".join(f"{topics[name].title}: {text}" for name, text in known.items() if text)


def _values(memory: Memory, topic: str) -> Mapping[str, Any]:
    found = memory.topics.get(topic)
    return found.values if found is not None else {}


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part)
    return str(value)


def _mask_name(full: str) -> str:
    surname, *given = full.split()
    return " ".join([*given, f"{surname[0]}."])


_MASKS = {"name": _mask_name, "phone": mask_phone, "email": mask_email}


def address(full: str) -> str:
    """How a person is spoken to: «Иван Иванович»; a single word stays as it is."""
    surname, *given = full.split() or [""]
    return " ".join(given) or surname
