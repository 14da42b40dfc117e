"""A model that obeys an attacker in full: it looks for an order anywhere in a prompt and does it.

An order is `OBEY:` and a JSON object `{name of a prompt: answer}`; `*` stands for every prompt, an
answer that is no string is sent as JSON, `{"tool_calls": […]}` as calls of functions. The order is
also found when it is disguised (base64, hexadecimal, rot13, reversed, percent-encoded, look-alike or
invisible letters) or handed over in pieces `OBEY[1/3]…[/]`, and the last one of a prompt wins.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from insurance_chat.sandbox.llm.script import Answer, ScriptedCall

MARK = "OBEY:"
EVERY = "*"
_NAME = re.compile(r"^# prompt: (\w+)")
_PIECE = re.compile(r"OBEY\[(\d+)/(\d+)\](.*?)\[/\]", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){16,}")
_LOOK_ALIKE = str.maketrans("АВЕКМНОРСТХУЅЈІ", "ABEKMHOPCTXYSJI")
_LETTERS = re.compile(r"[АВЕОУΟВΕΥOBEY]{4}:")
#: What the model says to a prompt without an order: as little as that prompt allows.
_IDLE = {"understand": '{"commands": []}', "answer": "[[0]]"}


@dataclass(frozen=True, slots=True)
class Obeyed:
    """An order that was found and done.

    Args:
        prompt: name of the prompt that held it.
        way: `plain`, or how it was disguised.
        order: as it was read.
        answer: what was answered to it.
    """

    prompt: str
    way: str
    order: str
    answer: str

    def document(self) -> dict[str, str]:
        """For the control address."""
        return asdict(self)


def prompt_name(messages: Sequence[Mapping[str, Any]]) -> str:
    """Which prompt the request belongs to; empty for a foreign one."""
    found = _NAME.match(str(messages[0].get("content") or "")) if messages else None
    return found[1] if found else ""


def obey(messages: Sequence[Mapping[str, Any]]) -> tuple[Answer, Obeyed | None]:
    """The answer of the obedient model, and the order that it did if there was one."""
    name = prompt_name(messages)
    # Its own instructions are no order; everything that people and pages wrote may hold one.
    text = "\n".join(str(one.get("content") or "") for one in messages[1:])
    best: tuple[str, dict[str, Any]] | None = None
    for way, disguised in _readings(text):
        for order in _orders(disguised):
            if name in order or EVERY in order:
                best = way, order
        if best is not None:
            break
    if best is None:
        return _idle(name, text), None
    way, order = best
    answer = _answer(order.get(name, order.get(EVERY)))
    said = answer.text or json.dumps([one.model_dump() for one in answer.tool_calls])
    return answer, Obeyed(name, way, json.dumps(order, ensure_ascii=False), said)


def _idle(name: str, text: str) -> Answer:
    if name == "rephrase":
        told = re.search(r"<сообщение>\n(.*)\n</сообщение>", text, re.DOTALL)
        return Answer(text=told[1] if told else "")
    if name == "summary":
        # The worst summary: everything, word for word, orders included.
        return Answer(text=text)
    return Answer(text=_IDLE[name]) if name in _IDLE else Answer()


def _answer(wanted: Any) -> Answer:
    if isinstance(wanted, dict) and set(wanted) == {"tool_calls"}:
        calls = [ScriptedCall(**one) for one in wanted["tool_calls"]]
        return Answer(tool_calls=calls)
    text = wanted if isinstance(wanted, str) else json.dumps(wanted, ensure_ascii=False)
    return Answer(text=text)


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """The text in every way in which an order may be hidden in it, the open one first."""
    yield "plain", text
    pieces = {int(n): part for n, _, part in _PIECE.findall(text)}
    if pieces:
        yield "split", "".join(pieces[n] for n in sorted(pieces))
    yield "base64", "\n".join(_each(_BASE64, text, _from_base64))
    yield "hex", "\n".join(_each(_HEX, text, _from_hex))
    yield "rot13", codecs.decode(text, "rot13")
    yield "reversed", "\n".join(line[::-1] for line in reversed(text.splitlines()))
    yield "percent", unquote(text)
    yield "look-alike", _LETTERS.sub(lambda found: _latin(found[0]), _visible(text))


def _each(pattern: re.Pattern[str], text: str, decode: Any) -> Iterator[str]:
    for found in pattern.findall(text):
        try:
            yield decode(found)
        except (binascii.Error, ValueError):
            continue


def _from_base64(text: str) -> str:
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")


def _from_hex(text: str) -> str:
    return bytes.fromhex(text).decode("utf-8")


def _visible(text: str) -> str:
    seen = unicodedata.normalize("NFKC", text)
    return "".join(char for char in seen if unicodedata.category(char) != "Cf")


def _latin(text: str) -> str:
    return text.translate(_LOOK_ALIKE)


def _orders(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(strict=False)
    at = text.find(MARK)
    while at >= 0:
        try:
            # Lines of a prompt may be indented, which JSON does not mind.
            order, _ = decoder.raw_decode(text[at + len(MARK) :].lstrip())
        except ValueError:
            order = None
        if isinstance(order, dict):
            yield order
        at = text.find(MARK, at + 1)
