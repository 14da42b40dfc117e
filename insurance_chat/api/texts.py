"""Types of values that come from outside: no NUL characters, no broken Unicode, bounded."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from insurance_chat.core.errors import not_found

MAX_TEXT = 8000
MAX_DEPTH = 12
MAX_VALUES = 500


def refuse(message: str) -> PydanticCustomError:
    """A refusal of one field with our own Russian words."""
    return PydanticCustomError("service", message)


def _clean(value: str) -> str:
    if "\x00" in value:
        raise refuse("Строка содержит недопустимые символы.")
    try:
        value.encode()
    except UnicodeEncodeError as broken:
        raise refuse("Строка содержит недопустимые символы.") from broken
    return value


def _filled(value: str) -> str:
    if not value.strip():
        raise refuse("Поле не должно быть пустым.")
    return value


Text = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_clean)]
Line = Annotated[str, StringConstraints(max_length=300), AfterValidator(_clean)]
FilledLine = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300),
    AfterValidator(_clean),
    AfterValidator(_filled),
]
Code = Annotated[str, StringConstraints(max_length=60), AfterValidator(_clean)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_clean)]
Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_clean)]
Email = Annotated[EmailStr, AfterValidator(_clean)]
Flag = Annotated[bool, Strict()]
Password = Annotated[str, StringConstraints(max_length=1000)]
Cursor = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-9]{0,18}$"})]


def _check_json(value: dict[str, Any]) -> dict[str, Any]:
    left = MAX_VALUES
    queue: list[tuple[Any, int]] = [(value, 0)]
    while queue:
        item, depth = queue.pop()
        left -= 1
        if left < 0 or depth > MAX_DEPTH:
            raise refuse("Слишком сложный объект.")
        if isinstance(item, str):
            _clean(item)
        elif isinstance(item, dict):
            queue += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            queue += [(part, depth + 1) for part in item]
    return value


JsonObject = Annotated[dict[str, Any], AfterValidator(_check_json)]


class Model(BaseModel):
    """Parent of bodies: camelCase outside, unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


def read_id(value: str, code: str, message: str) -> UUID:
    """A public id; what is no id cannot name anything.

    Raises:
        ServiceError: `code` of kind `not_found`.
    """
    try:
        return UUID(value)
    except ValueError as wrong:
        raise not_found(code, message) from wrong


def session_id(value: str) -> UUID:
    """The id of a conversation.

    Raises:
        ServiceError: `session_not_found`.
    """
    return read_id(value, "session_not_found", "Чат не найден.")
