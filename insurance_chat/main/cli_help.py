"""Help of the command line with Russian headings and untruncated descriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

_WORDS = {
    "Usage:": "Как запускать:",
    "[OPTIONS] COMMAND [ARGS]...": "[КОМАНДА] [ПАРАМЕТРЫ]",
    "[OPTIONS]": "[ПАРАМЕТРЫ]",
    "Options:": "Параметры:",
    "Commands:": "Команды:",
    "Arguments:": "Аргументы:",
    "Show this message and exit.": "Показать эту справку.",
    "[default: ": "[по умолчанию: ",
    "[required]": "[обязательно]",
}


class RussianGroup(TyperGroup):
    """A group of commands with Russian help."""

    @override
    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _russian(super().get_help(ctx))


class RussianCommand(TyperCommand):
    """A command with Russian help."""

    @override
    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _russian(super().get_help(ctx))


def command(
    app: typer.Typer, description: str, name: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command whose description is shown in full in the list.

    Args:
        app: where to register.
        description: one Russian sentence.
        name: when it differs from the function's.
    """
    return app.command(name, cls=RussianCommand, help=description, short_help=description)


def _russian(page: str) -> str:
    for english, russian in _WORDS.items():
        page = page.replace(english, russian)
    return page
