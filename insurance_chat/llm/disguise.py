"""A whole request without personal data, and its answer with them again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from insurance_chat.llm.masking import OPEN, Mask, restore
from insurance_chat.llm.ports import ChatRequest, Completion


def hide(request: ChatRequest, *, hidden: bool) -> tuple[ChatRequest, Mask]:
    """The request as it may leave.

    Args:
        hidden: False leaves it as it is.
    """
    if not hidden:
        return request, Mask()
    arguments = [call.arguments for one in request.messages for call in one.tool_calls]
    mask = Mask(request.known, [*(one.text for one in request.messages), *arguments])
    messages = tuple(
        replace(
            one,
            text=mask.hide(one.text),
            tool_calls=tuple(
                replace(call, arguments=mask.hide(call.arguments)) for call in one.tool_calls
            ),
        )
        for one in request.messages
    )
    return replace(request, messages=messages), mask


def hide_text(text: str, *, hidden: bool) -> str:
    """One text as it may leave, when nothing comes back."""
    return Mask(texts=[text]).hide(text) if hidden else text


def show(answer: Completion, mask: Mask) -> Completion:
    """The answer with personal data in place of placeholders, in text, JSON and arguments."""
    if not mask.values:
        return answer
    calls = tuple(
        replace(call, arguments=_restored(call.arguments, mask)) for call in answer.tool_calls
    )
    return replace(answer, text=_restored(answer.text, mask), tool_calls=calls)


class Stream:
    """Restores a text that comes in pieces; a placeholder may be cut anywhere."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._kept = ""

    def feed(self, text: str) -> str:
        """What may be shown now."""
        if not self._mask.values:
            return text
        whole = self._kept + text
        cut = OPEN.search(whole)
        shown, self._kept = (whole[: cut.start()], whole[cut.start() :]) if cut else (whole, "")
        return restore(shown, self._mask.values)

    def end(self) -> str:
        """What was kept back."""
        kept, self._kept = self._kept, ""
        return restore(kept, self._mask.values)


def _restored(text: str, mask: Mask) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return restore(text, mask.values)
    if not isinstance(found, dict | list):
        return restore(text, mask.values)
    # Inside JSON a value may need escaping, so strings are restored one by one.
    return json.dumps(_walk(found, mask), ensure_ascii=False)


def _walk(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return restore(value, mask.values)
    if isinstance(value, list):
        return [_walk(one, mask) for one in value]
    if isinstance(value, dict):
        return {restore(name, mask.values): _walk(one, mask) for name, one in value.items()}
    return value
