"""Removes personal data and secrets from what we keep of an exchange with a provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HIDDEN = "***"

#: Values that are hidden whole, by wire name in lower case.
PERSONAL = frozenset(
    {
        "fullname", "lastname", "firstname", "middlename", "birthdate", "passport", "address",
        "licence", "license", "phone", "email", "gender", "cadastralnumber", "agreementnumber", "seriesnumber", "experiencestartdate",
    }
)  # fmt: skip
#: Special categories of data, and what a price says of them: hidden whole, whatever they hold.
SPECIAL = frozenset({"health", "life", "parts", "steps"})
SECRET = frozenset({"password", "accesstoken", "refreshtoken", "webhooksecret", "paymenttoken"})
#: A link to pay is as good as a key to the client's draft.
LINKS = frozenset({"paymenturl", "returnurl"})
#: Known and harmless: never scrubbed for long numbers.
PLAIN = frozenset(
    {
        "quoteid", "requestid", "offerid", "draftid", "operationid", "partnerid", "policynumber",
        "idempotencykey", "price", "value", "code", "companycode", "status", "startdate", "enddate",
        "minstartdate", "paidat", "paymentexpiresat", "href", "rulesurl", "date", "type", "number",
    }
)  # fmt: skip

_EMAIL = re.compile(r"[^@\s,;:]+@[^@\s,;:]+\.[^@\s,;:]+")
_LONG_NUMBER = re.compile(r"\+?\d[\d\s().\-]{4,}\d")


@dataclass(frozen=True)
class Exchange:
    """One call to the provider as it may be kept: personal data are masked.

    Args:
        operation: our name of the call, e.g. `create_draft`.
        method: HTTP method.
        path: path without the query.
        status: HTTP status, None when no answer came.
        duration_ms: from sending to the whole answer.
        attempt: 1 for the first try.
        request: masked query or body.
        response: masked body; for a document its size.
        error: class of the failure in one word, None on success.
    """

    operation: str
    method: str
    path: str
    status: int | None
    duration_ms: int
    attempt: int
    request: Any = None
    response: Any = None
    error: str | None = None


def masked(value: Any, name: str = "") -> Any:
    """A copy of a JSON value without personal data.

    Args:
        value: anything that JSON can hold.
        name: wire name under which the value stands.
    """
    if name.lower() in SPECIAL and value is not None:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, name) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return _masked_scalar(value, name.lower())


def _masked_scalar(value: Any, name: str) -> Any:
    if name in PERSONAL or name in SECRET or name in LINKS:
        return HIDDEN
    if name == "vin":
        return mask_tail(str(value), shown=5)
    if name in ("plate", "licenseplate"):
        return mask_plate(str(value))
    if name in PLAIN or not isinstance(value, str):
        return value
    return _LONG_NUMBER.sub(HIDDEN, _EMAIL.sub(HIDDEN, value))


def mask_tail(value: str, shown: int) -> str:
    """The first `shown` characters, then stars: `XTA21************`."""
    return value[:shown] + "*" * max(len(value) - shown, 0)


def mask_plate(value: str) -> str:
    """A plate without its three digits: `А***ВС77`."""
    return value[:1] + HIDDEN + value[4:] if len(value) > 4 else HIDDEN
