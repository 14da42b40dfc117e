"""What all commands share: reading settings, printing, turning failures into sentences."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from insurance_chat.main.settings import Settings

FAILED = 1
WRONG_SETTINGS = 2


def say(text: str) -> None:
    """Print a line for the person at the screen, at once."""
    typer.echo(text)
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print a line about a failure to the error stream."""
    typer.echo(text, err=True)


def read_settings(host: str = "", port: int = 0) -> Settings:
    """Load settings and set up the log; command-line options win over the environment.

    Args:
        host: replaces `HOST` when not empty.
        port: replaces `PORT` when not zero.

    Raises:
        typer.Exit: with code 2 after naming every wrong setting in Russian.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from insurance_chat.core.logging import configure_logging
    from insurance_chat.main.settings import load_settings
    from insurance_chat.main.settings_errors import (
        wrong_setting_source,
        wrong_settings,
        wrong_values,
    )

    # Through the environment, because other slices derive their own defaults from it.
    if host:
        os.environ["HOST"] = host
    if port:
        os.environ["PORT"] = str(port)
    try:
        settings = load_settings()
    except ValidationError as problem:
        sentences = wrong_settings(problem)
    except (SettingsError, UnicodeDecodeError) as problem:
        sentences = [wrong_setting_source(problem)]
    else:
        sentences = wrong_values(settings)
        if not sentences:
            configure_logging(settings.core.log_level, settings.core.log_format)
            return settings
    for sentence in sentences:
        complain(sentence)
    complain("Исправьте это в файле .env или в переменных окружения и запустите снова.")
    raise typer.Exit(WRONG_SETTINGS)


def guarded(app: typer.Typer) -> None:
    """Run the commands and leave with an exit code, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = app(standalone_mode=False)
    except BaseException as problem:  # every way out of the program passes here
        code = _exit_code(problem)
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _exit_code(problem: BaseException) -> int:
    if isinstance(problem, BaseExceptionGroup) and len(problem.exceptions) == 1:
        return _exit_code(problem.exceptions[0])
    if isinstance(problem, SystemExit):
        return problem.code if isinstance(problem.code, int) else FAILED
    if isinstance(problem, KeyboardInterrupt | typer.Abort):
        complain("Остановлено.")
        return 0
    if isinstance(problem, typer.Exit):
        return problem.exit_code
    return _failure(problem)


def _failure(problem: BaseException) -> int:
    from insurance_chat.core.errors import ServiceError

    if isinstance(problem, ServiceError):
        complain(problem.message)
        return FAILED
    if hasattr(problem, "format_message") and hasattr(problem, "exit_code"):
        complain(f"Команда не понята: {problem.format_message()}")
        complain("Список команд: python -m insurance_chat --help")
        return WRONG_SETTINGS
    sentence = _known_failure(problem)
    if sentence:
        complain(sentence)
        return FAILED
    complain(
        f"Сервис остановился из-за ошибки: {type(problem).__name__}: {_short(problem)}\n"
        f"Подробности записаны в {_keep_traceback(problem)}.\n"
        "Проверка установки: python -m insurance_chat doctor"
    )
    return FAILED


def _known_failure(problem: BaseException) -> str:
    import errno

    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        return "На диске не осталось места. Освободите хотя бы 500 МБ и запустите снова."
    if isinstance(problem, OSError) and problem.errno in (errno.EROFS, errno.EACCES):
        return f"Нет права писать в {problem.filename}. Дайте права или смените папку DATA_DIR."
    if type(problem).__name__ == "OperationalError":
        return (
            f"База данных не отвечает: {_short(problem)}\nПроверьте адрес в DATABASE_URL и то, "
            "что PostgreSQL запущен. Проверка установки: python -m insurance_chat doctor"
        )
    return ""


def _short(problem: BaseException) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0][:300] if lines else "без описания"


def _keep_traceback(problem: BaseException) -> Path:
    from insurance_chat.core.logging import mask
    from insurance_chat.core.tracebacks import plain_traceback

    text = mask(plain_traceback(problem))
    with contextlib.suppress(OSError):
        file = (Path(os.environ.get("DATA_DIR") or "var") / "error.log").resolve()
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as log:
            log.write(text)
        return file
    descriptor, name = tempfile.mkstemp(prefix="insurance-chat-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8") as spare:
        spare.write(text)
    return Path(name)
