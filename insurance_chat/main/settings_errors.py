"""Says in plain Russian which setting is wrong and what it should be."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from insurance_chat.main.settings import Settings
from insurance_chat.main.settings_docs import environment_name, setting_classes

_SECRET = re.compile(r"key|password|secret|token|url", re.IGNORECASE)

_SENTENCES = {
    "missing": "не задана",
    "int_parsing": "должна быть целым числом",
    "int_from_float": "должна быть целым числом",
    "float_parsing": "должна быть числом",
    "decimal_parsing": "должна быть числом",
    "bool_parsing": "должна быть true или false",
    "greater_than_equal": "должна быть не меньше {ge}",
    "greater_than": "должна быть больше {gt}",
    "less_than_equal": "должна быть не больше {le}",
    "less_than": "должна быть меньше {lt}",
    "literal_error": "может быть только такой: {expected}",
    "enum": "может быть только такой: {expected}",
    "string_too_short": "слишком короткая: нужно не меньше {min_length} символов",
    "string_too_long": "слишком длинная: можно не больше {max_length} символов",
    "string_pattern_mismatch": "записана в неверном виде",
    "url_parsing": "должна быть адресом вида https://example.ru",
    "url_scheme": "должна быть адресом, который начинается с {expected_schemes}",
    "json_invalid": "должна быть записана в виде JSON",
}


def wrong_settings(problem: ValidationError) -> list[str]:
    """One sentence for every wrong or missing setting; values of secrets are not repeated."""
    return list(_sentences(problem))


def wrong_setting_source(problem: Exception) -> str:
    """The sentence for a value that could not even be read, e.g. broken JSON or encoding."""
    if isinstance(problem, UnicodeDecodeError):
        return "Файл .env записан не в кодировке UTF-8. Сохраните его заново в UTF-8."
    field = re.search(r'field "(\w+)"', str(problem))
    if field:
        return f"Настройка {field.group(1).upper()} должна быть записана в виде JSON."
    return f"Настройки не читаются: {problem}."


def wrong_values(settings: Settings) -> list[str]:
    """Sentences about values that have the right type but cannot work."""
    core = settings.core
    sentences = []
    if core.secret_key and not _is_key(core.secret_key):
        sentences.append(
            "Настройка SECRET_KEY должна быть ключом из 32 байт в виде base64. Создать такой: "
            'python -c "import base64,os;print(base64.b64encode(os.urandom(32)).decode())"'
        )
    if core.database_url and not core.database_url.startswith(("postgresql://", "postgres://")):
        sentences.append(
            "Настройка DATABASE_URL должна быть адресом вида postgresql://имя:пароль@сервер/база."
        )
    if core.public_url and not core.public_url.startswith(("http://", "https://")):
        sentences.append("Настройка PUBLIC_URL должна быть адресом вида https://chat.example.ru.")
    return sentences


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text)) == 32
    except ValueError:
        return False


def _sentences(problem: ValidationError) -> Iterator[str]:
    for error in problem.errors(include_url=False):
        name = _environment_name(problem.title, [str(part) for part in error["loc"]])
        yield f"Настройка {name} {_reason(error['type'], error)}{_given(name, error)}."


def _environment_name(title: str, path: list[str]) -> str:
    for owner in setting_classes():
        if owner.__name__ == title and path and path[0] in owner.model_fields:
            return environment_name(owner, path[0], owner.model_fields[path[0]])
    return ".".join(path).upper() or "?"


def _reason(kind: str, error: Any) -> str:
    context = {**error.get("ctx", {})}
    context["expected"] = str(context.get("expected", "")).replace(" or ", " или ")
    template = _SENTENCES.get(kind)
    if template is None:
        return f"неверна ({error['msg'].removeprefix('Value error, ')})"
    return template.format_map({**dict.fromkeys(("expected_schemes",), ""), **context})


def _given(name: str, error: Any) -> str:
    if error["type"] == "missing" or _SECRET.search(name) or isinstance(error["input"], dict):
        return ""
    return f", а задано «{error['input']}»"
