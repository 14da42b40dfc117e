"""Letters and chat lines about a policy: what the client gets after the sale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import structlog

from insurance_chat.conversations import log as conversation_log
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.core.mail import Attachment, MailMessage, MailSettings, send_mail
from insurance_chat.insurance import policies, reminders
from insurance_chat.insurance.models import PolicyMail, Reminder
from insurance_chat.insurance.policies import PolicyView
from insurance_chat.insurance.products import get_product
from insurance_chat.insurance.repository import JobRepository, PolicyRepository
from insurance_chat.integrations import service as events

log = structlog.get_logger()


class LetterServices(Protocol):
    """What sending a letter needs."""

    db: Database
    files: FileStore
    mail: MailSettings


@dataclass(frozen=True, slots=True)
class _Letter:
    mail: PolicyMail
    email: str
    policy: PolicyView


async def send_mail_job(services: LetterServices, mail_id: int) -> None:
    """Send one ordered e-mail; the Message-ID is the order's key, so a repeat can be recognised.

    Raises:
        ServiceError: kind `unavailable`, so that the job is tried again.
    """
    letter = await _load(services, mail_id)
    if letter is None:
        return
    message = await _message(services, letter)
    try:
        await send_mail(services.mail, message)
        status = "sent"
    except ServiceError as error:
        if error.kind is Kind.UNAVAILABLE:
            raise
        log.warning("mail_refused", mail=mail_id, code=error.code)
        status = "refused"
    await _finish(services, letter, status)


async def _load(services: LetterServices, mail_id: int) -> _Letter | None:
    async with services.db.unit() as unit:
        mail = await JobRepository(unit).fetch_mail_across_tenants(mail_id)
        if mail is None or mail.status != "pending":
            return None
        policy = await PolicyRepository(unit, mail.tenant_id).policy_by_id(mail.policy_id)
        if policy is None:
            return None
        return _Letter(mail, unit.cipher.open(mail.email), await policies.view(unit, policy))


async def _message(services: LetterServices, letter: _Letter) -> MailMessage:
    policy = letter.policy
    words = get_product(policy.product).wording
    attachments: tuple[Attachment, ...] = ()
    if letter.mail.template == "policy":
        pdf = await services.files.get(policy.file_key)
        attachments = (Attachment(policy.file_name, "application/pdf", pdf),)
        subject, text = _filled(words.letter_subject, policy), _filled(words.letter, policy)
    else:
        subject, text = _filled(words.reminder_subject, policy), reminder_text(policy)
    return MailMessage(
        to=letter.email,
        subject=subject,
        text=text,
        html=None,
        attachments=attachments,
        message_id=f"<policy-mail-{letter.mail.id}@insurance-chat>",
    )


async def _finish(services: LetterServices, letter: _Letter, status: str) -> None:
    async with services.db.unit() as unit:
        mail = await JobRepository(unit).fetch_mail_across_tenants(letter.mail.id)
        if mail is None or mail.status != "pending":
            return
        mail.status = status
        if status == "sent":
            context = {
                "email": letter.email,
                "template": mail.template,
                "refId": str(letter.policy.id),
            }
            await events.record(unit, mail.tenant_id, "notification.email.sent", "system", context)
            return
        if letter.policy.conversation_id is not None:
            repository = ConversationRepository(unit, mail.tenant_id)
            conversation = await repository.by_id(letter.policy.conversation_id, lock=True)
            if conversation is not None:
                body = {"text": REFUSED.format(email=letter.email)}
                await conversation_log.append_message(
                    unit, conversation, Sender.SYSTEM, body, key=f"mail-{mail.id}"
                )


REFUSED = (
    "Почтовый сервер не принял письмо для {email}. Проверьте адрес и напишите "
    "«отправь полис на почту» — попробуем ещё раз. Сам полис остаётся здесь, в чате."
)


def _filled(text: str, policy: PolicyView) -> str:
    """A text of a product with the facts of a policy."""
    days = (policy.expire_at - moscow_today()).days
    return text.format(
        number=policy.number,
        company=policy.company,
        title=policy.title,
        start=format_date(policy.start_date),
        end=format_date(policy.expire_at),
        when="сегодня" if days == 0 else format_date(policy.expire_at),
    )


def reminder_text(policy: PolicyView) -> str:
    """What a renewal reminder says, in the chat and in a letter."""
    return _filled(get_product(policy.product).wording.reminder, policy)


async def remind(services: LetterServices, reminder_id: int) -> None:
    """Send one due reminder to the chat and by e-mail, unless it was called off."""
    async with services.db.unit() as unit:
        reminder = await JobRepository(unit).fetch_reminder_across_tenants(reminder_id)
        if reminder is None or reminder.status != "pending":
            return
        repository = PolicyRepository(unit, reminder.tenant_id)
        policy = await repository.policy_by_id(reminder.policy_id)
        if policy is None:
            reminder.status = "cancelled"
            return
        shown = await policies.view(unit, policy)
        if "client" in reminder.recipients:
            await _say_in_chat(unit, reminder, shown)
            if shown.email:
                await policies.send_by_email(
                    unit,
                    reminder.tenant_id,
                    policy.id,
                    shown.email,
                    key=f"reminder-{reminder.id}",
                    template="reminder",
                )
        await reminders.tell_agent(unit, reminder, policy)
        reminder.status = "sent"


async def _say_in_chat(unit: Unit, reminder: Reminder, policy: PolicyView) -> None:
    if policy.conversation_id is None:
        return
    repository = ConversationRepository(unit, reminder.tenant_id)
    conversation = await repository.by_id(policy.conversation_id, lock=True)
    if conversation is not None:
        buttons = [
            get_product(policy.product).wording.renew,
            {"title": "Не напоминать", "value": "не напоминай"},
        ]
        body = {"text": reminder_text(policy), "metadata": {"quickReplies": buttons}}
        await conversation_log.append_message(
            unit, conversation, Sender.AI, body, key=f"reminder-{reminder.id}"
        )
