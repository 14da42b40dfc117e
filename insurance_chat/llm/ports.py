"""What the rest of the product may ask of a language model, and how it is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from insurance_chat.core.errors import Kind, ServiceError

Speaker = Literal["system", "user", "assistant", "tool"]


class Why(StrEnum):
    """Why a key or the whole pool gave no answer."""

    NO_KEYS = "no_keys"  # none is configured, or all rest or are spent
    TOO_SLOW = "too_slow"
    RATE_LIMITED = "rate_limited"
    NO_MONEY = "no_money"
    WRONG_KEY = "wrong_key"
    NO_ACCESS = "no_access"  # to the model, or there is no such model
    BAD_REQUEST = "bad_request"
    SERVER_ERROR = "server_error"
    MALFORMED = "malformed"  # the answer is not what the protocol promises
    NO_CONNECTION = "no_connection"
    CERTIFICATE = "certificate"
    CUT = "cut"  # the connection broke in the middle
    REFUSED = "refused"  # the model does not want to
    INVALID_OUTPUT = "invalid_output"  # an answer, but not of the asked type


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt.

    Args:
        tool_call_id: which call a message of a tool answers.
    """

    role: Speaker
    text: str
    tool_call_id: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may ask for; nobody runs it but our own code.

    Args:
        parameters: JSON schema.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model asks for, with unchecked arguments as JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; None where the provider did not say anything sensible."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call.

    Args:
        tenant_id: whose keys are used and who is counted.
        messages: the whole prompt.
        model: empty lets every key use the first model of its own list.
        temperature, max_tokens: None takes the installation's default.
        output: type that the answer must have; None for free text.
        tools: functions on offer.
        known: values such as names that are masked besides what is recognised by its shape.
        budget_seconds: how long this caller waits when that is less than the installation's budget.
    """

    tenant_id: int
    messages: tuple[ChatMessage, ...]
    model: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    output: type[BaseModel] | None = None
    tools: tuple[Tool, ...] = ()
    known: tuple[str, ...] = ()
    budget_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer.

    Args:
        parsed: the answer as `ChatRequest.output`, when one was asked for.
        finish: why the model stopped, in the provider's word: `stop`, `length`, `tool_calls`.
        tries: how many keys were asked.
        seconds: from the first key asked until now.
    """

    text: str
    usage: Usage
    model: str
    finish: str
    parsed: BaseModel | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tries: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer; the last one has the usage and no text."""

    text: str = ""
    usage: Usage | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Embeddings in the order of the texts."""

    rows: list[list[float]]
    model: str
    usage: Usage = field(default_factory=Usage)


class ModelUnavailable(ServiceError):  # noqa: N818 - a state of the world, not a mistake
    """No model answered; the caller lets the rules assistant answer the same turn.

    Args:
        why: the last reason.
        partial: some text of a stream was given out before.
    """

    def __init__(self, why: Why, *, partial: bool = False) -> None:
        super().__init__(
            "model_unavailable",
            Kind.UNAVAILABLE,
            "Языковая модель сейчас не отвечает.",
            reason=why.value,
        )
        self.why = why
        self.partial = partial


class InvalidOutput(ModelUnavailable):
    """The model answered, but not with the asked type: the caller may repair once.

    Args:
        text: what the model wrote; data, never to be shown or logged.
        problem: what is wrong with it, in words for the model.
    """

    def __init__(self, text: str, problem: str, usage: Usage) -> None:
        super().__init__(Why.INVALID_OUTPUT)
        self.text = text
        self.problem = problem
        self.usage = usage


class ChatModel(Protocol):
    """Writes answers."""

    async def complete(self, request: ChatRequest) -> Completion:
        """Get a whole answer.

        Raises:
            ModelUnavailable: nobody answered in the budget, or the model refused.
            InvalidOutput: the answer has not the asked type.
        """
        ...

    def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        """Get an answer piece by piece; the type in the request is not used.

        Raises:
            ModelUnavailable: nobody began in the budget; `partial` when it broke in the middle.
        """
        ...


class Embedder(Protocol):
    """Turns texts into vectors."""

    async def embed(
        self, tenant_id: int, texts: Sequence[str], *, budget_seconds: float | None = None
    ) -> Vectors:
        """One vector for each text.

        Args:
            budget_seconds: how long this caller waits when that is less than the installation's
                budget.

        Raises:
            ModelUnavailable: not configured, or nobody answered in the budget.
        """
        ...


class Reranker(Protocol):
    """Says how well passages fit a question."""

    async def rerank(self, tenant_id: int, query: str, passages: Sequence[str]) -> list[float]:
        """A score for each passage, in their order; greater fits better.

        Raises:
            ModelUnavailable: not configured, or nobody answered in the budget.
        """
        ...
