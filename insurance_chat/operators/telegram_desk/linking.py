"""Connecting a Telegram account to a member of staff: a one-time link, and its end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from insurance_chat.accounts import access, audit, auth
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.models import User
from insurance_chat.channels.models import Connection
from insurance_chat.channels.ports import Person
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher, hash_token, new_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk import words
from insurance_chat.operators.telegram_desk.models import DeskAccount
from insurance_chat.operators.telegram_desk.repository import DeskRepository, user_of_account
from insurance_chat.operators.telegram_desk.types import Note, To

LIFE = timedelta(minutes=10)
PREFIX = "agent_"
_TOKEN = re.compile(rf"(?:/start\s+)?{PREFIX}([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True, slots=True)
class BotView:
    """A bot from which staff can work."""

    id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """The Telegram account that a member of staff works from.

    Args:
        title: `@name` or the name that Telegram shows.
        stopped: the person has stopped the bot, so nothing arrives.
    """

    title: str
    bot: str
    since: datetime
    stopped: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """What the profile shows: the link, and the bots that one can be made with."""

    link: LinkView | None
    bots: list[BotView]


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link; `command` is the same for who cannot open links: it is sent to the bot."""

    url: str
    command: str
    bot: str
    expires_at: datetime


def person_hash(cipher: Cipher, person: str) -> str:
    """Keyed name of a Telegram account."""
    return cipher.lookup(f"desk:{person}")


def token_in(start: str, text: str) -> str | None:
    """The token of a link in what was said to a bot: its start payload, or the command typed in."""
    found = _TOKEN.fullmatch(start) or _TOKEN.fullmatch(text.strip())
    return found[1] if found else None


async def mine(unit: Unit, principal: Principal) -> DeskView:
    """The caller's own link.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.TAKE_CHATS)
    repository = DeskRepository(unit, principal.tenant_id)
    bots = {row.id: row for row in await repository.bots()}
    account = await repository.of_user(principal.user_id or 0)
    link = None
    if account is not None and account.connection_id in bots:
        user = await user_of_account(unit, account)
        if user.token_epoch == account.epoch:
            title = unit.cipher.open_json(account.address)["title"]
            bot = bots[account.connection_id].title
            link = LinkView(title, bot, account.created_at, account.blocked_at is not None)
    views = [BotView(row.public_id, row.title) for row in bots.values() if row.state == "active"]
    return DeskView(link, views)


async def invite(unit: Unit, principal: Principal, bot: UUID | None = None) -> Invitation:
    """A link that connects whoever opens it within ten minutes to the caller; ends earlier ones.

    Args:
        bot: which bot to work from; None takes the first one.

    Raises:
        ServiceError: `forbidden`, `bot_not_found`.
    """
    access.require(principal, Permission.TAKE_CHATS)
    repository = DeskRepository(unit, principal.tenant_id)
    active = [row for row in await repository.bots() if row.state == "active"]
    chosen = next((row for row in active if bot is None or row.public_id == bot), None)
    if chosen is None:
        raise not_found(
            "bot_not_found", "Бот не подключён. Попросите администратора подключить его."
        )
    name = str(chosen.options.get("username") or "")
    if not name:
        raise invalid("bot_nameless", "Имя бота ещё неизвестно. Попробуйте через минуту.")
    token, ends = new_token(), utcnow() + LIFE
    user_id = principal.user_id or 0
    await repository.replace_code(user_id, chosen.id, hash_token(token), ends)
    payload = PREFIX + token
    url = f"https://t.me/{name}?start={payload}"
    return Invitation(url, f"/start {payload}", chosen.title, ends)


async def accept(unit: Unit, to: To, person: Person, token: str) -> tuple[int | None, str]:
    """Somebody has opened a link in a bot.

    Args:
        to: their chat with the bot.

    Returns:
        The link that was made, if any, and what to tell them.
    """
    repository = DeskRepository(unit, to.tenant_id)
    user = await repository.take_code(to.connection_id, hash_token(token))
    if user is None:
        return None, words.LINK_STALE
    digest = person_hash(unit.cipher, person.id)
    other = await repository.of_person(digest)
    if other is not None and other.user_id != user.id:
        return None, words.LINK_TAKEN
    before = await repository.of_user(user.id, lock=True)
    if before is not None:
        if before.person_hash != digest:
            await _say_goodbye(unit, before, words.LINK_REPLACED)
        await repository.remove(before.id)
    account = await repository.add(_account(unit, to, person, user, digest))
    principal = auth.principal(user)
    await audit.record(unit, principal, "desk.linked", f"agent:{user.public_id}")
    return account.id, words.LINKED.format(name=user.name, help=words.HELP)


def _account(unit: Unit, to: To, person: Person, user: User, digest: str) -> DeskAccount:
    title = f"@{person.username}" if person.username else person.name or "Telegram"
    return DeskAccount(
        user_id=user.id,
        connection_id=to.connection_id,
        person_hash=digest,
        address=unit.cipher.seal_json({"chat": to.chat, "title": title}),
        epoch=user.token_epoch,
        status_told=user.status,
        acted_at=utcnow(),
    )


async def unlink(unit: Unit, principal: Principal) -> None:
    """The caller works from Telegram no longer; chats in work stay theirs on the site.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.TAKE_CHATS)
    repository = DeskRepository(unit, principal.tenant_id)
    account = await repository.of_user(principal.user_id or 0, lock=True)
    if account is None:
        return
    await _say_goodbye(unit, account, words.UNLINKED)
    await repository.remove(account.id)
    target = f"agent:{principal.user_public_id}"
    await audit.record(unit, principal, "desk.unlinked", target)


async def end(unit: Unit, account: DeskAccount, user: User) -> None:
    """A blocked person, or one with a new password, loses the link."""
    repository = DeskRepository(unit, account.tenant_id)
    await _say_goodbye(unit, account, words.ENDED)
    await repository.remove(account.id)
    target = f"agent:{user.public_id}"
    await audit.record(unit, auth.principal(user), "desk.unlinked", target, {"by": "access_ended"})


async def _say_goodbye(unit: Unit, account: DeskAccount, said: str) -> None:
    # Not tied to the link, which takes everything that it was owed with it.
    chat = unit.cipher.open_json(account.address)["chat"]
    to = To(account.tenant_id, account.connection_id, None, chat)
    raw = await unit.driver_connection()
    await outbox.add(raw, unit.cipher, to, f"bye:{account.id}", Note(said))


async def bot_title(unit: Unit, tenant_id: int, connection_id: int) -> str:
    """How a bot is called; empty when it is gone."""
    row: Connection | None = await DeskRepository(unit, tenant_id).bot(connection_id)
    return row.title if row is not None else ""
