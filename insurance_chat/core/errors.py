"""The one root of errors: a stable code, a kind that doors translate, data for the reader's text."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What the caller can do about an error; `api/errors.py` maps it to an HTTP status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class ServiceError(Exception):
    """A refusal with a reason.

    Args:
        code: stable machine-readable name, e.g. `session_not_found`.
        kind: what class of refusal this is.
        message: Russian sentence for the person at the other end.
        data: details for programs; never personal data.
    """

    def __init__(self, code: str, kind: Kind, message: str = "", **data: Any) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.kind = kind
        self.message = message or code
        self.data = data


def not_found(code: str, message: str) -> ServiceError:
    """The thing does not exist for this caller."""
    return ServiceError(code, Kind.NOT_FOUND, message)


def invalid(code: str, message: str, **data: Any) -> ServiceError:
    """The input cannot be accepted."""
    return ServiceError(code, Kind.INVALID, message, **data)


def unavailable(code: str, message: str, **data: Any) -> ServiceError:
    """An outside system did not answer; the result is unknown."""
    return ServiceError(code, Kind.UNAVAILABLE, message, **data)
