"""Attacks as data: what is said, where an order to the model is hidden, and what it orders."""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

HERE = Path(__file__).parent
PLAIN = "plain"
MARK = "OBEY:"
_LOOK_ALIKE = str.maketrans("OBEY", "ОВЕУ")  # the same shapes in Cyrillic


@dataclass(frozen=True)
class Attack:
    """One attack; docs/contributor/attacks.md describes the fields."""

    group: str
    title: str
    obey: dict[str, Any]
    way: str = PLAIN
    named: bool = False
    given: str = ""
    client: tuple[str, ...] = ()
    history: tuple[dict[str, str], ...] = ()
    summary: str = ""
    file: str = ""
    sends: str = ""
    document: str = ""
    kind: str = "md"
    dialogue: dict[str, Any] = field(default_factory=dict)
    operator: str = ""
    reaches: tuple[str, ...] = ()
    shows_not: tuple[str, ...] = ()
    may: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The sentence of the test."""
        return self.title if not self.named else f"{self.title} ({self.way})"

    @property
    def order(self) -> str:
        """The order to the model in its disguise."""
        return disguised(MARK + json.dumps(self.wanted, ensure_ascii=False), self.way)

    @property
    def wanted(self) -> dict[str, Any]:
        """Name of a prompt → what its answer shall be; a list stands for proposals."""
        return {
            name: {"commands": said} if isinstance(said, list) else said
            for name, said in self.obey.items()
        }

    def filled(self, text: str) -> str:
        """A text with the order in its place; `{order1}`, `{order2}`… take pieces of it."""
        text = text.replace("{order}", self.order)
        if "{order1}" not in text and "{order2}" not in text and "{order3}" not in text:
            return text
        whole = MARK + json.dumps(self.wanted, ensure_ascii=False)
        size = -(-len(whole) // 3)
        for n in range(3):
            part = whole[n * size : (n + 1) * size]
            text = text.replace(f"{{order{n + 1}}}", f"OBEY[{n + 1}/3]{part}[/]")
        return text


def disguised(text: str, way: str) -> str:
    """The text in one of the ways in which the emulator finds orders."""
    raw = text.encode()
    ways = {
        PLAIN: lambda: text,
        "base64": lambda: base64.b64encode(raw).decode(),
        "hex": raw.hex,
        "rot13": lambda: codecs.encode(text, "rot13"),
        "reversed": lambda: text[::-1],
        "percent": lambda: quote(text),
        "look-alike": lambda: text.translate(_LOOK_ALIKE),
        "invisible": lambda: "\u200b".join(text[:5]) + text[5:],
    }
    return str(ways[way]())


def attacks(*groups: str) -> list[Attack]:
    """All attacks of the groups, one for each way in which it is disguised."""
    return [one for group in groups for one in _read(group)]


def sentence(attack: Attack) -> str:
    """The name of a test."""
    return f"{attack.group}: {attack.name}"


def _read(group: str) -> Iterator[Attack]:
    told = yaml.safe_load((HERE / f"{group}.yml").read_text(encoding="utf-8"))
    for title, values in told.items():
        ways = values.pop("ways", [])
        client = values.pop("client", ())
        values["client"] = (client,) if isinstance(client, str) else tuple(client)
        if "before" in values:
            values["history"] = ({"sender": "user", "text": values.pop("before")},)
        frozen = {n: tuple(v) if isinstance(v, list) else v for n, v in values.items()}
        for way in ways or [PLAIN]:
            yield Attack(group, title, way=way, named=bool(ways), **frozen)
