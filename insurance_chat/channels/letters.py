"""Beyond the account: replies that did not arrive, templates, a trial message, the QR code."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.channels import chats_repository as chats
from insurance_chat.channels import outbox_repository as outbox
from insurance_chat.channels.ports import (
    Account,
    ChannelAdapter,
    ChannelError,
    ChatAddress,
    Pairs,
    Template,
    Templates,
    TextPart,
)
from insurance_chat.channels.service import ChannelDesk
from insurance_chat.channels.types import UPDATES, DeadLetter
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.types import Entry, Sender
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found, unavailable
from insurance_chat.core.principal import Principal

TRIAL = "Проверка связи: сообщения из «{title}» доходят."
LONGEST_VARIABLE = 1000


async def dead_letters(
    desk: ChannelDesk, principal: Principal, *, offset: int = 0, limit: int = 25
) -> tuple[list[DeadLetter], int]:
    """Parts of replies that did not reach their clients, newest first, and how many there are.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    async with desk.db.pool.connection() as connection:
        return await outbox.dead_letters(connection, principal.tenant_id, offset, limit)


async def send_again(desk: ChannelDesk, principal: Principal, letter: UUID) -> None:
    """«Отправить ещё раз»: the part goes out once more, with all its tries.

    Raises:
        ServiceError: `forbidden`, `letter_not_found` when it was dealt with already.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    async with desk.db.unit() as unit:
        raw = await unit.driver_connection()
        found = await outbox.wish_again(raw, principal.tenant_id, letter)
        if found is None:
            raise _no_letter()
        await audit.record(unit, principal, "channel.sent_again", f"chat:{found[1]}")
        await unit.notify(UPDATES, f"{found[0]}:again")


async def let_go(desk: ChannelDesk, principal: Principal, letter: UUID) -> None:
    """A person has seen that a part did not arrive and leaves it at that.

    Raises:
        ServiceError: `forbidden`, `letter_not_found`.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    async with desk.db.unit() as unit:
        session = await outbox.drop_dead(
            await unit.driver_connection(), principal.tenant_id, letter
        )
        if session is None:
            raise _no_letter()
        await audit.record(unit, principal, "channel.let_go", f"chat:{session}")


def _no_letter() -> ServiceError:
    return not_found("letter_not_found", "Это сообщение уже отправлено или убрано.")


async def test_message(desk: ChannelDesk, principal: Principal, connection: UUID) -> str:
    """Send a trial message to who wrote to the account last; gives words about it.

    Raises:
        ServiceError: `forbidden`, `connection_not_found`, `nobody_wrote`, `messenger_refused`.
    """
    adapter, account = await desk.opened(principal, connection)
    async with desk.db.pool.connection() as raw:
        chat = await chats.latest_chat(raw, desk.db.cipher, account.id)
    if chat is None:
        raise ServiceError(
            "nobody_wrote",
            Kind.CONFLICT,
            "Этому аккаунту ещё никто не писал. Напишите ему любое слово и нажмите ещё раз.",
        )
    address = ChatAddress(chat.address["chat"], chat.address.get("extra") or {})
    part = TextPart(TRIAL.format(title=account.title))
    try:
        await adapter.send(account, address, part, str(uuid4()))
    except ChannelError as refusal:
        raise unavailable("messenger_refused", refusal.words) from refusal
    return "Отправлено тому, кто писал последним. Посмотрите в мессенджере."


async def templates(
    desk: ChannelDesk, principal: Principal, connection: UUID
) -> Sequence[Template]:
    """Approved messages of an account; empty for messengers that have none.

    Raises:
        ServiceError: `forbidden`, `connection_not_found`, `messenger_refused`.
    """
    adapter, account = await desk.opened(principal, connection)
    return await _templates(adapter, account)


async def _templates(adapter: ChannelAdapter, account: Account) -> Sequence[Template]:
    if not isinstance(adapter, Templates):
        return []
    try:
        return await adapter.templates(account)
    except ChannelError as refusal:
        raise unavailable("messenger_refused", refusal.words) from refusal


async def templates_of_chat(
    desk: ChannelDesk, principal: Principal, session: UUID
) -> Sequence[Template]:
    """Approved messages that can be sent in a chat, for who leads it.

    Raises:
        ServiceError: `forbidden`, `session_not_found`, `messenger_refused`.
    """
    adapter, account = await _of_chat(desk, principal, session)
    return await _templates(adapter, account)


async def _of_chat(
    desk: ChannelDesk, principal: Principal, session: UUID
) -> tuple[ChannelAdapter, Account]:
    access.require(principal, Permission.WRITE_AS_AGENT)
    async with desk.db.unit() as unit:
        await sessions.find(unit, principal, session)
    async with desk.db.pool.connection() as raw:
        chat = await chats.chat_of_session(raw, desk.db.cipher, principal.tenant_id, session)
    found = await desk.by_number(chat.connection_id) if chat is not None else None
    if found is None:
        raise invalid("no_messenger", "Этот чат идёт не в мессенджере.")
    return found


async def send_template(
    desk: ChannelDesk,
    principal: Principal,
    session: UUID,
    name: str,
    language: str,
    variables: Sequence[str],
) -> Entry:
    """Write to a client outside of the window, by an approved message.

    Args:
        variables: fill `{{1}}`, `{{2}}`, … in order.

    Raises:
        ServiceError: `forbidden`, `session_not_found`, `no_messenger`, `template_unknown`,
            `variables_wrong`, `messenger_refused`.
    """
    adapter, account = await _of_chat(desk, principal, session)
    offered = await _templates(adapter, account)
    template = next((o for o in offered if o.name == name and o.language == language), None)
    if template is None:
        raise invalid("template_unknown", "Такого шаблона у аккаунта нет.")
    given = [" ".join(one.split()) for one in variables]
    if len(given) != template.variables or not all(0 < len(o) <= LONGEST_VARIABLE for o in given):
        raise invalid("variables_wrong", f"Нужно заполнить полей: {template.variables}.")
    text = template.text
    for number, value in enumerate(given, 1):
        text = text.replace(f"{{{{{number}}}}}", value)
    card = {"name": name, "language": language, "variables": given}
    async with desk.db.unit() as unit:
        conversation = await sessions.find(unit, principal, session, lock=True)
        entry = await log.append_message(
            unit, conversation, Sender.AGENT, {"text": text, "metadata": {"template": card}}
        )
        await audit.record(unit, principal, "message.template_sent", f"chat:{session}")
    assert entry is not None  # it has no key, so it cannot be a repeat
    return entry


async def qr(desk: ChannelDesk, principal: Principal, connection: UUID) -> bytes | None:
    """PNG of the code that a phone has to scan now; None when it is connected, and works from now on.

    Raises:
        ServiceError: `forbidden`, `connection_not_found`, `no_code`, `messenger_refused`.
    """
    adapter, account = await desk.opened(principal, connection)
    if not isinstance(adapter, Pairs):
        raise invalid("no_code", "Этот мессенджер подключается без кода.")
    try:
        picture = await adapter.qr(account)
    except ChannelError as refusal:
        raise unavailable("messenger_refused", refusal.words) from refusal
    if picture is None:
        # The probe learns whose phone it is and lets the account work.
        await desk.probe(principal, connection)
    return picture
