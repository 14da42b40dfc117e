"""Bodies of the chat API, as its documents name them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
)
from pydantic_core.core_schema import ValidationInfo
from starlette.datastructures import QueryParams

from insurance_chat.api.texts import JsonObject, Key, Line, Text, Url, refuse

# What templates of other programs make of a value that is not there: it names no thread.
_NOTHING = frozenset({"", "undefined", "null", "none", "nan", "[object object]"})


def _name(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and value.strip().lower() in _NOTHING:
        return None
    return value


Name = Annotated[Line | None, BeforeValidator(_name)]
OptionalKey = Annotated[Key | None, BeforeValidator(_name)]


class ChatRequest(BaseModel):
    """What a client of the program says."""

    file_url: Url | None = Field(
        None, description="Ссылка на файл: `url` из POST /api/chat/files или любая http(s)."
    )
    message: Text = Field(description="Текст клиента; пустой только вместе с `file_url`.")
    user_id: Name = Field(None, description="Идентификатор клиента у вас, для аналитики.")
    chat_id: Name = Field(None, description="Идентификатор беседы, если нет `thread_id`.")
    thread_id: Name = Field(None, description="Идентификатор беседы; без него — новая беседа.")
    message_id: OptionalKey = Field(
        None, description="Ваш номер сообщения: повтор с ним получит тот же ответ."
    )
    metadata: JsonObject | None = Field(None, description="Что угодно ваше; видно сотрудникам.")

    @field_validator("message")
    @classmethod
    def _says_something(cls, value: str, info: ValidationInfo) -> str:
        if not value.strip() and not info.data.get("file_url"):
            raise refuse("Сообщение пустое.")
        return value


class Said(BaseModel):
    """One message of the service."""

    id: str
    seq: int
    sender: str
    text: str | None
    file_url: str | None
    voice_url: str | None
    created_at: datetime
    metadata: dict[str, Any]


class ChatResponse(BaseModel):
    """The reply. `messages` are its parts; `response` and `metadata` are all of them together."""

    response: str
    thread_id: str
    user_id: str | None
    chat_id: str | None
    success: bool
    state: str
    agent_name: str | None
    message_id: str | None
    cursor: int
    metadata: dict[str, Any]
    messages: list[Said]


class Refusal(BaseModel):
    """A refusal; of a request that does not fit, `detail` is a list of `{type, loc, msg}`."""

    detail: Any
    code: str
    success: bool


def read_query(query: QueryParams) -> ChatRequest:
    """A message in the query of an address, as EventSource sends it.

    Raises:
        RequestValidationError: it does not fit.
    """
    given = {name: value for name, value in query.items() if name in ChatRequest.model_fields}
    given.pop("metadata", None)
    try:
        return ChatRequest.model_validate(given)
    except ValidationError as wrong:
        raise RequestValidationError(
            [
                {**error, "loc": ("query", *error["loc"])}
                for error in wrong.errors(include_url=False)
            ]
        ) from wrong
