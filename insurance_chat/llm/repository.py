"""Queries of keys, their use and the settings of assistants."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.llm.models import AiCall, AiToken, AiTokenDay, AssistantProfile
from insurance_chat.llm.records import Counted, NewCall, Spent


class TokenRepository:
    """Keys that one tenant may use: its own and those of the installation."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def all(self, day: date) -> list[Counted]:
        """Every key with its use as of a day, best first."""
        rows = await self._session.execute(self._counted(day))
        return [Counted(row[0], Spent(*row[1:])) for row in rows]

    async def usable(
        self, day: date, now: datetime, model: str, skip: Collection[int]
    ) -> list[Counted]:
        """Keys that are switched on, do not rest, have access to the model and room, best first.

        Args:
            model: empty means any.
            skip: keys that were tried.
        """
        rows = await self._session.execute(
            self._counted(day).where(
                AiToken.is_active,
                or_(AiToken.cooldown_until.is_(None), AiToken.cooldown_until <= now),
                AiToken.id.not_in(list(skip)),
            )
        )
        found = [Counted(row[0], Spent(*row[1:])) for row in rows]
        return [one for one in found if one.has_room and one.token.serves(model)]

    async def locked(self, token_id: int, day: date) -> Counted | None:
        """One key with its use, held until the transaction ends."""
        await self._session.execute(
            select(AiToken.id).where(self._mine, AiToken.id == token_id).with_for_update()
        )
        # A statement of its own sees what others wrote while this one waited.
        rows = await self._session.execute(
            self._counted(day)
            .where(AiToken.id == token_id)
            .execution_options(populate_existing=True)
        )
        row = rows.first()
        return Counted(row[0], Spent(*row[1:])) if row is not None else None

    async def add(self, values: dict[str, Any]) -> AiToken:
        """Store a key of the tenant."""
        token = AiToken(tenant_id=self._tenant_id, **values)
        self._session.add(token)
        await self._session.flush()
        await self._session.refresh(token)
        return token

    async def remove(self, token_id: int) -> None:
        """Forget a key of the tenant with its counters; its calls stay for the accounts."""
        await self._session.execute(
            delete(AiToken).where(AiToken.tenant_id == self._tenant_id, AiToken.id == token_id)
        )

    async def begin(self, call: NewCall) -> None:
        """Count a request and write down that it is about to be made."""
        await self._session.execute(
            insert(AiTokenDay)
            .values(token_id=call.token_id, day=call.day, requests=1)
            .on_conflict_do_update(
                index_elements=["token_id", "day"], set_={"requests": AiTokenDay.requests + 1}
            )
        )
        self._session.add(
            AiCall(
                id=call.id,
                tenant_id=self._tenant_id,
                token_id=call.token_id,
                day=call.day,
                model=call.model,
                started_at=utcnow(),
            )
        )
        await self._session.flush()

    async def end(
        self, call_id: UUID, outcome: str, prompt: int | None, completion: int | None, counts: bool
    ) -> bool:
        """End a call and add its tokens to the day it began on; False when it was ended before.

        Args:
            counts: False gives the request back, because the provider did no work.
        """
        ended = await self._session.execute(
            update(AiCall)
            .where(
                AiCall.tenant_id == self._tenant_id,
                AiCall.id == call_id,
                AiCall.ended_at.is_(None),
            )
            .values(
                ended_at=utcnow(),
                outcome=outcome,
                prompt_tokens=prompt,
                completion_tokens=completion,
            )
            .returning(AiCall.token_id, AiCall.day)
        )
        row = ended.first()
        if row is None:
            return False
        await self._session.execute(
            update(AiTokenDay)
            .where(AiTokenDay.token_id == row[0], AiTokenDay.day == row[1])
            .values(
                requests=AiTokenDay.requests - (0 if counts else 1),
                prompt_tokens=AiTokenDay.prompt_tokens + (prompt or 0),
                completion_tokens=AiTokenDay.completion_tokens + (completion or 0),
            )
        )
        return True

    async def rest(self, token_id: int, until: datetime | None, failure: str | None) -> None:
        """Let a key rest and remember why; None wakes it up."""
        await self._session.execute(
            update(AiToken)
            .where(self._mine, AiToken.id == token_id)
            .values(cooldown_until=until, last_failure=failure)
        )

    @property
    def _mine(self) -> ColumnElement[bool]:
        return or_(AiToken.tenant_id == self._tenant_id, AiToken.tenant_id.is_(None))

    def _counted(self, day: date) -> Select[AiToken, int, int, int]:
        return _counted(day).where(self._mine)


def _counted(day: date) -> Select[AiToken, int, int, int]:
    """Keys with what they have used as of a day, best first."""
    here = AiTokenDay.token_id == AiToken.id
    month = AiTokenDay.day.between(day.replace(day=1), day)

    def total(column: ColumnElement[int], *which: ColumnElement[bool]) -> Any:
        return select(func.coalesce(func.sum(column), 0)).where(here, *which).scalar_subquery()

    requests = AiTokenDay.requests.expression
    tokens = AiTokenDay.prompt_tokens + AiTokenDay.completion_tokens
    return select(
        AiToken,
        total(requests, AiTokenDay.day == day),
        total(requests, month),
        total(tokens, month),
    ).order_by(AiToken.priority, AiToken.tenant_id.is_(None), AiToken.id)


class ProfileRepository:
    """Settings of the assistant of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def get(self) -> AssistantProfile | None:
        """The settings, if they were ever changed."""
        return await self._session.get(AssistantProfile, self._tenant_id)

    async def put(self, values: dict[str, Any]) -> None:
        """Store the settings."""
        await self._session.execute(
            insert(AssistantProfile)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_update(index_elements=["tenant_id"], set_=values)
        )


async def active_tokens_across_tenants(unit: Unit, day: date) -> list[Counted]:
    """Every key that is switched on, with its use as of a day; whoever may use it."""
    rows = await unit.session.execute(_counted(day).where(AiToken.is_active))
    return [Counted(row[0], Spent(*row[1:])) for row in rows]


async def profiles_across_tenants(unit: Unit) -> list[AssistantProfile]:
    """The settings of every assistant that were ever changed."""
    return list(await unit.session.scalars(select(AssistantProfile)))


async def put_settings_token_across_tenants(unit: Unit, values: dict[str, Any]) -> None:
    """Keep the key of the settings as a key of the whole installation."""
    await unit.session.execute(
        insert(AiToken)
        .values(source="settings", is_active=True, **values)
        .on_conflict_do_update(
            index_elements=["source"],
            index_where=AiToken.source == "settings",
            set_={**values, "is_active": True, "cooldown_until": None, "last_failure": None},
        )
    )


async def retire_settings_token_across_tenants(unit: Unit) -> None:
    """The settings name no key any more; what it has used stays."""
    await unit.session.execute(
        update(AiToken)
        .where(AiToken.source == "settings", AiToken.is_active)
        .values(is_active=False)
    )


async def remove_calls_across_tenants(unit: Unit, before: datetime, most: int) -> int:
    """Delete calls that began before a moment; the counters of their keys by day stay.

    Args:
        most: how many at most, so that no transaction is long.

    Returns:
        How many were deleted.
    """
    old = select(AiCall.id).where(AiCall.started_at < before).limit(most)
    gone = await unit.session.execute(delete(AiCall).where(AiCall.id.in_(old)).returning(AiCall.id))
    return len(gone.all())
