"""Replies of flows come from phrases kept as data; figures in them come only from values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from insurance_chat.core.clock import format_date
from insurance_chat.core.money import format_rub
from insurance_chat.core.yaml_files import read_yaml


def _rub(value: Any) -> str:
    return format_rub(Decimal(str(value)))


def _ru_date(value: Any) -> str:
    return format_date(value if isinstance(value, date) else date.fromisoformat(str(value)))


def _plural(number: int, one: str, few: str, many: str) -> str:
    tail = abs(number) % 100
    if 10 < tail < 20:
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(tail % 10, many)


class Phrases:
    """All phrases of an installation by key.

    Args:
        texts: key → Jinja template (Russian, simple Markdown).

    Raises:
        jinja2.TemplateSyntaxError: a phrase is malformed.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        environment = Environment(  # noqa: S701 - the output is plain text for a chat
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        environment.filters |= {"rub": _rub, "ru_date": _ru_date, "plural": _plural}
        self.texts = dict(texts)
        self._templates: dict[str, Template] = {
            key: environment.from_string(text.strip()) for key, text in texts.items()
        }

    def __contains__(self, key: str) -> bool:
        return key in self._templates

    def render(self, key: str, values: Mapping[str, Any] | None = None) -> str:
        """The phrase with its values.

        Raises:
            KeyError: there is no such phrase.
        """
        return self._templates[key].render(values or {}).strip()


def load_phrases(paths: Iterable[Path]) -> Phrases:
    """Read phrase files; a later file may not redefine a key of an earlier one.

    Raises:
        ValueError: a key is defined twice.
    """
    texts: dict[str, str] = {}
    for path in paths:
        for key, text in read_yaml(path).items():
            if key in texts:
                raise ValueError(f"phrase {key} is defined twice")
            texts[key] = text
    return Phrases(texts)
