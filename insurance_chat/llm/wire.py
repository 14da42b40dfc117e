"""The wire format of OpenAI-compatible models, as plain functions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from insurance_chat.llm.ports import (
    ChatMessage,
    ChatRequest,
    Completion,
    InvalidOutput,
    ToolCall,
    Usage,
)

MOST_TOKENS = 100_000_000
_FENCE = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.DOTALL)


def messages_body(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """The prompt as the wire wants it."""
    return [_message(one) for one in messages]


def _message(one: ChatMessage) -> dict[str, Any]:
    body: dict[str, Any] = {"role": one.role, "content": one.text}
    if one.tool_call_id is not None:
        body["tool_call_id"] = one.tool_call_id
    if one.tool_calls:
        body["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in one.tool_calls
        ]
    return body


def options_body(request: ChatRequest) -> dict[str, Any]:
    """Tools and the type of the answer."""
    body: dict[str, Any] = {}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in request.tools
        ]
    if request.output is not None:
        schema = {
            "name": request.output.__name__,
            "schema": strict_schema(request.output),
            "strict": True,
        }
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def strict_schema(output: type[BaseModel]) -> dict[str, Any]:
    """JSON schema in the strict form: no other fields, every field named, no defaults."""
    schema: dict[str, Any] = _strict(output.model_json_schema())
    return schema


def _strict(value: Any) -> Any:
    if isinstance(value, list):
        return [_strict(one) for one in value]
    if not isinstance(value, dict):
        return value
    plain = {name: _strict(one) for name, one in value.items() if name != "default"}
    if isinstance(value.get("properties"), dict):
        # A field may itself be called «default», so properties are taken by name.
        plain["properties"] = {name: _strict(one) for name, one in value["properties"].items()}
        plain["required"] = list(value["properties"])
        plain["additionalProperties"] = False
    return plain


def schema_in_words(output: type[BaseModel]) -> ChatMessage:
    """The wish for a type of answer, for providers that know no schemas."""
    schema = json.dumps(strict_schema(output), ensure_ascii=False)
    return ChatMessage(
        "system", f"Ответь одним объектом JSON по этой схеме, без пояснений и разметки: {schema}"
    )


def read_usage(value: Any) -> Usage:
    """Tokens that a provider reports; nonsense is unknown."""
    return Usage(
        _tokens(getattr(value, "prompt_tokens", None)),
        _tokens(getattr(value, "completion_tokens", None)),
    )


def _tokens(value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS
    return value if fits else None


def read_tool_calls(calls: Any) -> tuple[ToolCall, ...]:
    """Functions that the model asks for."""
    return tuple(
        ToolCall(str(call.id or ""), str(call.function.name), str(call.function.arguments or "{}"))
        for call in calls or ()
        if getattr(call, "function", None) is not None
    )


def parse(output: type[BaseModel], answer: Completion) -> BaseModel:
    """The answer as the asked type.

    Raises:
        InvalidOutput: it is not.
    """
    fenced = _FENCE.match(answer.text)
    try:
        return output.model_validate_json(fenced[1] if fenced else answer.text)
    except ValidationError as wrong:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'JSON'}: {one['msg']}"
            for one in wrong.errors(include_url=False, include_input=False)[:5]
        )
        # The cause quotes what the model wrote, so it does not travel with the error.
        raise InvalidOutput(answer.text, problems, answer.usage) from None
