"""Queries of agents in Telegram: links, one-time codes, open chats."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.channels.models import Connection
from insurance_chat.conversations.models import Contact, Conversation, Handover
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Role
from insurance_chat.operators.telegram_desk.models import DeskAccount, DeskChat, DeskCode
from insurance_chat.operators.telegram_desk.types import KIND, Staff, To


class DeskRepository:
    """Links and open chats of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._tenant_id = tenant_id

    async def bots(self) -> list[Connection]:
        """Connected bots, the oldest first."""
        rows = await self._session.scalars(
            select(Connection)
            .where(
                Connection.tenant_id == self._tenant_id,
                Connection.kind == KIND,
                Connection.state != "removed",
            )
            .order_by(Connection.id)
        )
        return list(rows)

    async def bot(self, connection_id: int) -> Connection | None:
        """A bot that is still connected."""
        return await self._session.scalar(
            select(Connection).where(
                Connection.tenant_id == self._tenant_id,
                Connection.id == connection_id,
                Connection.state != "removed",
            )
        )

    async def replace_code(
        self, user_id: int, connection_id: int, token_hash: str, expires_at: datetime
    ) -> None:
        """A new code of a person; the one before works no longer."""
        values = {
            "connection_id": connection_id,
            "token_hash": token_hash,
            "expires_at": expires_at,
        }
        await self._session.execute(
            insert(DeskCode)
            .values(tenant_id=self._tenant_id, user_id=user_id, **values)
            .on_conflict_do_update(index_elements=[DeskCode.user_id], set_=values)
        )

    async def take_code(self, connection_id: int, token_hash: str) -> User | None:
        """Whose code this is, when it is good in this bot; it works no longer then."""
        found = await self._session.execute(
            delete(DeskCode)
            .where(
                DeskCode.tenant_id == self._tenant_id,
                DeskCode.connection_id == connection_id,
                DeskCode.token_hash == token_hash,
                DeskCode.expires_at > utcnow(),
            )
            .returning(DeskCode.user_id)
        )
        user_id = found.scalar_one_or_none()
        if user_id is None:
            return None
        return await self._session.scalar(
            select(User).where(
                User.id == user_id, User.blocked_at.is_(None), User.approved_at.is_not(None)
            )
        )

    async def of_user(self, user_id: int, *, lock: bool = False) -> DeskAccount | None:
        """The link of a member of staff."""
        query = select(DeskAccount).where(
            DeskAccount.tenant_id == self._tenant_id, DeskAccount.user_id == user_id
        )
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def of_person(self, person_hash: str) -> DeskAccount | None:
        """The link of a Telegram account."""
        return await self._session.scalar(
            select(DeskAccount).where(
                DeskAccount.tenant_id == self._tenant_id, DeskAccount.person_hash == person_hash
            )
        )

    async def of_administrators(self) -> list[DeskAccount]:
        """Links of administrators who may work now."""
        rows = await self._session.scalars(
            select(DeskAccount)
            .join(User, User.id == DeskAccount.user_id)
            .where(
                DeskAccount.tenant_id == self._tenant_id,
                User.role == Role.ADMIN.value,
                User.blocked_at.is_(None),
            )
            .order_by(DeskAccount.id)
        )
        return list(rows)

    async def add(self, account: DeskAccount) -> DeskAccount:
        """Store a link."""
        account.tenant_id = self._tenant_id
        self._session.add(account)
        await self._session.flush()
        return account

    async def remove(self, account_id: int) -> None:
        """End a link together with everything that was to be told by it."""
        await self._session.execute(
            delete(DeskAccount).where(
                DeskAccount.tenant_id == self._tenant_id, DeskAccount.id == account_id
            )
        )

    async def change(self, account_id: int, **columns: Any) -> None:
        """Write columns of a link."""
        await self._session.execute(
            update(DeskAccount)
            .where(DeskAccount.tenant_id == self._tenant_id, DeskAccount.id == account_id)
            .values(**columns)
        )

    async def chats(
        self, account_id: int
    ) -> list[tuple[DeskChat, Conversation, Contact, str | None]]:
        """Open chats of an agent by number, and who leads each now."""
        rows = await self._session.execute(
            select(DeskChat, Conversation, Contact, User.name)
            .join(Conversation, Conversation.id == DeskChat.conversation_id)
            .join(Contact, Contact.id == Conversation.contact_id)
            .outerjoin(User, User.id == Conversation.operator_id)
            .where(DeskChat.tenant_id == self._tenant_id, DeskChat.account_id == account_id)
            .order_by(DeskChat.number)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def open_chat(self, account_id: int, conversation_id: int, told_seq: int) -> None:
        """An agent goes on with a chat in Telegram; it gets the smallest free number."""
        taken = set(
            await self._session.scalars(
                select(DeskChat.number).where(DeskChat.account_id == account_id)
            )
        )
        number = next(one for one in range(1, len(taken) + 2) if one not in taken)
        await self._session.execute(
            insert(DeskChat)
            .values(
                tenant_id=self._tenant_id,
                account_id=account_id,
                conversation_id=conversation_id,
                number=number,
                told_seq=told_seq,
            )
            .on_conflict_do_nothing(index_elements=[DeskChat.account_id, DeskChat.conversation_id])
        )

    async def note_told(self, chat_id: int, seq: int) -> None:
        """Up to this line an agent is told; nothing happens when the chat was closed meanwhile."""
        await self._session.execute(
            update(DeskChat)
            .where(DeskChat.id == chat_id, DeskChat.told_seq < seq)
            .values(told_seq=seq)
            .execution_options(synchronize_session=False)
        )

    async def close_chat(self, account_id: int, conversation_id: int) -> None:
        """A chat is not led from Telegram any more."""
        await self._session.execute(
            delete(DeskChat).where(
                DeskChat.account_id == account_id, DeskChat.conversation_id == conversation_id
            )
        )
        await self._session.execute(
            update(DeskAccount)
            .where(DeskAccount.id == account_id, DeskAccount.conversation_id == conversation_id)
            .values(conversation_id=None)
        )

    async def waiting_ids(self, conversations: list[int]) -> dict[int, int]:
        """The waiting request of each conversation."""
        rows = await self._session.execute(
            select(Handover.conversation_id, Handover.id).where(
                Handover.tenant_id == self._tenant_id,
                Handover.conversation_id.in_(conversations),
                Handover.status == "waiting",
            )
        )
        return {row[0]: row[1] for row in rows}


def staff_of(account: DeskAccount, user: User, cipher: Cipher) -> Staff:
    """A link as the desk works with it."""
    address = cipher.open_json(account.address)
    return Staff(
        to=To(account.tenant_id, account.connection_id, account.id, address["chat"]),
        account_id=account.id,
        principal=auth.principal(user),
        name=user.name,
        status=user.status,
        told=account.status_told,
        idle=(utcnow() - account.acted_at).total_seconds(),
        conversation_id=account.conversation_id,
        awaits=account.awaits,
    )


def still_counts(account: DeskAccount, user: User) -> bool:
    """Whether the link goes on: a block or a new password ends it."""
    return user.blocked_at is None and user.token_epoch == account.epoch


async def linked_across_tenants(
    unit: Unit, connection_id: int, leading: Collection[int] | None = None
) -> list[DeskAccount]:
    """Everybody who is linked to a bot and has not stopped it.

    Args:
        leading: only who has one of these chats open.
    """
    query = (
        select(DeskAccount)
        .where(DeskAccount.connection_id == connection_id, DeskAccount.blocked_at.is_(None))
        .order_by(DeskAccount.id)
    )
    if leading is not None:
        opened = select(DeskChat.account_id).where(DeskChat.conversation_id.in_(leading))
        query = query.where(DeskAccount.id.in_(opened))
    return list(await unit.session.scalars(query))


async def user_of_account(unit: Unit, account: DeskAccount) -> User:
    """The member of staff of a link, as they are now."""
    user = await unit.session.get(User, account.user_id, populate_existing=True)
    assert user is not None  # the link goes with its person
    return user
