"""How the sandbox can be told to misbehave, and what it remembers of the calls it got."""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

REQUESTS_KEPT = 2000


class FaultKind(StrEnum):
    """What happens to a call."""

    DELAY = "delay"  # wait `seconds`, then work as usual
    STATUS = "status"  # answer with an HTTP error and do nothing
    CUT_AFTER_WORK = "cut_after_work"  # do the work, then cut the connection
    HANG_AFTER_WORK = "hang_after_work"  # do the work, then keep silent for `seconds`


class Fault(BaseModel):
    """One scripted fault of one operation of the aggregator; `*` means any operation."""

    operation: str = "*"
    kind: FaultKind
    times: int | None = Field(default=1, ge=1, description="How many calls; null: until reset")
    seconds: float = Field(default=0, ge=0, le=600)
    status: int = Field(default=503, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0, description="Retry-After, seconds")


class Behaviour(BaseModel):
    """Lasting switches. Money moves in per cent, time in seconds."""

    model_config = ConfigDict(validate_assignment=True, extra="forbid")

    time_scale: float = Field(default=0.2, ge=0, le=10)
    price_change_percent: Decimal = Field(default=Decimal(0), ge=-50, le=500)
    price_change_company: str | None = None
    decline_companies: list[str] = []
    kbm_unavailable: bool = False
    previous_policy_unavailable: bool = False
    duplicate_webhooks: int = Field(default=0, ge=0, le=10)
    reorder_webhooks: bool = False
    drop_webhooks: bool = False
    token_ttl_seconds: int = Field(default=1800, ge=1)
    payment_link_ttl_seconds: int = Field(default=86400, ge=1)
    cap_multiplier: Decimal | None = None


class Faults:
    """The script of faults; each is used up by the calls it hits."""

    def __init__(self) -> None:
        self._script: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Append one fault to the script."""
        self._script.append(fault)

    def listed(self) -> list[Fault]:
        """What is still to happen."""
        return list(self._script)

    def clear(self) -> None:
        """Behave well again."""
        self._script.clear()

    def take(self, operation: str) -> Fault | None:
        """The first fault that fits the operation, used once."""
        for index, fault in enumerate(self._script):
            if fault.operation not in ("*", operation):
                continue
            if fault.times is not None:
                if fault.times == 1:
                    del self._script[index]
                else:
                    self._script[index] = fault.model_copy(update={"times": fault.times - 1})
            return fault
        return None


class RequestLog:
    """The last calls, without their bodies, and how often each operation was called."""

    def __init__(self) -> None:
        self._calls: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)
        self._counts: Counter[str] = Counter()

    def add(
        self,
        at: datetime,
        operation: str,
        path: str,
        status: int,
        key: str | None,
        fault: str | None,
    ) -> None:
        """Remember one finished call."""
        self._counts[operation] += 1
        self._calls.append(
            {
                "at": at.isoformat(),
                "operation": operation,
                "path": path,
                "status": status,
                "idempotencyKey": key,
                "fault": fault,
            }
        )

    def listed(self, operation: str | None = None) -> list[dict[str, Any]]:
        """Calls, oldest first, of one operation or of all."""
        return [call for call in self._calls if operation in (None, call["operation"])]

    def counts(self) -> dict[str, int]:
        """Number of calls by operation since the last reset."""
        return dict(self._counts)

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
        self._counts.clear()
