"""Steps that do not belong to one product: policies, documents, e-mail, reminders, consent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from insurance_chat.conversations import contacts
from insurance_chat.conversations.erasure import service as erasure
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.returning import service as returning
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome, Status
from insurance_chat.dialogue.effects import Answer, Handover, Prefer, Say
from insurance_chat.insurance import policies, reminders
from insurance_chat.insurance.consent import RECIPIENTS
from insurance_chat.insurance.jobs import AdvanceSale, SendClientData
from insurance_chat.insurance.kept.service import kept_by_law
from insurance_chat.insurance.models import Policy
from insurance_chat.insurance.policies import PolicyView
from insurance_chat.insurance.products import REGISTRY, forget_apart
from insurance_chat.insurance.remembered.actions import SPARED, left_after_forgetting
from insurance_chat.insurance.repository import PolicyRepository, SaleRepository
from insurance_chat.knowledge import library

HUMAN = ({"title": "Позвать агента", "value": "позовите агента"},)
BUY = tuple(product.wording.buy for product in REGISTRY.values())
MAX_SHOWN = 10
_OWN = re.compile(r"\bполис", re.IGNORECASE)


class CommonActions:
    """What a client may want before, after and beside a sale.

    Args:
        db: where policies are kept.
        files: documents of the knowledge base.
        base_url: address of the service as clients see it.
    """

    def __init__(self, db: Database, files: FileStore, base_url: str) -> None:
        self._db = db
        self._files = files
        self._base = base_url

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow files use them."""
        return {
            "show_policies": self.show_policies,
            "find_document": self.find_document,
            "choose_policy": self.choose_policy,
            "mail_last_policy": self.mail_last_policy,
            "send_policy_email": self.send_policy_email,
            "plan_reminders": self.plan_reminders,
            "stop_reminders": self.stop_reminders,
            "explain_cancellation": self.explain_cancellation,
            "withdraw_consent": self.withdraw_consent,
            "tell_recipients": self.tell_recipients,
            "unsupported_product": self.unsupported_product,
            "give_site_link": self.give_site_link,
            "send_client_data": self.send_client_data,
            "check_paid": self.check_paid,
            "commercial_use": self.commercial_use,
        }

    async def show_policies(self, context: ActionContext) -> Outcome:
        """List of the client's policies with dates, status and files."""
        async with self._db.unit() as unit:
            found = await policies.of_contact(unit, context.tenant_id, context.contact_id)
        if not found:
            return Outcome(effects=(Say("no_policies", quick_replies=BUY),))
        shown = found[:MAX_SHOWN]
        return Outcome(
            effects=(
                Say(
                    "policies",
                    {"policies": [_policy_line(p) for p in shown]},
                    amounts=tuple(p.price for p in shown),
                    files=tuple(p.file_card() for p in shown),
                ),
            )
        )

    async def find_document(self, context: ActionContext) -> Outcome:
        """Give a public document of the knowledge base as a file; «полис» is the client's own."""
        if _OWN.search(context.message_text):
            return await self.show_policies(context)
        async with self._db.unit() as unit:
            found = await library.find_document(
                unit, context.tenant_id, context.message_text, "public"
            )
        if not found:
            return Outcome(effects=(Say("document_not_found", quick_replies=HUMAN),))
        document = found[0]
        card = {
            "key": document.file_key,
            "name": document.file_name,
            "mime": document.mime,
            "kind": "document",
        }
        return Outcome(effects=(Say("document_found", {"title": document.title}, files=(card,)),))

    async def choose_policy(self, context: ActionContext) -> Outcome:
        """There has to be a policy before it can be mailed."""
        policy = await self._last_policy(context)
        if policy is None:
            return Outcome(status=Status.STOP, effects=(Say("no_policies", quick_replies=BUY),))
        return Outcome()

    async def mail_last_policy(self, context: ActionContext) -> Outcome:
        """Send the latest policy to the address."""
        return await self._mail(context)

    async def send_policy_email(self, context: ActionContext) -> Outcome:
        """After the sale: send it, or respect the refusal."""
        if not context.slots["send_email"]:
            return Outcome(effects=(Say("email_declined"),))
        return await self._mail(context)

    async def _mail(self, context: ActionContext) -> Outcome:
        policy = await self._last_policy(context)
        if policy is None:
            return Outcome(effects=(Say("no_policies", quick_replies=BUY),))
        email = context.slots["email"]
        async with self._db.unit() as unit:
            await policies.send_by_email(
                unit, context.tenant_id, policy.id, email, key=f"{context.key}:{policy.id}"
            )
        return Outcome(effects=(Say("email_ordered", {"email": email}),))

    async def plan_reminders(self, context: ActionContext) -> Outcome:
        """«Напомнить о продлении?»: plan the ladder, or never remind."""
        policy = await self._last_policy(context)
        if policy is None:
            return Outcome()
        async with self._db.unit() as unit:
            if not context.slots["remind_renewal"]:
                await reminders.decline(unit, context.tenant_id, policy.id)
                return Outcome(effects=(Say("reminders_declined"),))
            await reminders.plan_ladder(unit, context.tenant_id, policy)
        first = policy.expire_at - timedelta(days=reminders.LADDER_DAYS[0])
        values = {"end": policy.expire_at, "first": first}
        return Outcome(effects=(Say("reminders_planned", values),))

    async def stop_reminders(self, context: ActionContext) -> Outcome:
        """«Не напоминай»: call off everything that is planned."""
        async with self._db.unit() as unit:
            repository = PolicyRepository(unit, context.tenant_id)
            for policy in await repository.policies(contact_id=context.contact_id):
                await repository.cancel_reminders(policy.id)
        return Outcome(effects=(Say("reminders_declined"),))

    async def explain_cancellation(self, context: ActionContext) -> Outcome:
        """How money is returned, from the knowledge base; the case itself goes to a human."""
        question = context.message_text or "как вернуть деньги за полис осаго"
        return Outcome(effects=(Answer(question), Say("cancellation_human", quick_replies=HUMAN)))

    async def withdraw_consent(self, context: ActionContext) -> Outcome:
        """End all consents, and forget the client: in this dialogue, in others, between them."""
        async with self._db.unit() as unit:
            await erasure.ask(
                unit,
                context.tenant_id,
                context.contact_id,
                conversation_id=context.conversation_id,
                origin=erasure.BY_CLIENT,
            )
            await contacts.withdraw_consents(unit, context.tenant_id, context.contact_id)
            await forget_apart(unit, context.tenant_id, context.contact_id)
            await memory.forget_all(
                unit,
                context.tenant_id,
                context.contact_id,
                chat=context.conversation_id,
                session=str(context.session),
                spared=SPARED,
            )
            kept = await kept_by_law(unit, context.tenant_id, [context.contact_id])
        values = {"kept": [{"title": one.title, "reason": one.reason} for one in kept]}
        said = (Say("consent_withdrawn", values), Handover("consent_withdrawn"))
        return Outcome(
            clear=left_after_forgetting(context.slots),
            effects=(*said, Prefer("prefer_voice", value=False)),
        )

    async def tell_recipients(self, context: ActionContext) -> Outcome:
        """Who receives personal data, by name."""
        return Outcome(effects=(Say("text", {"text": RECIPIENTS}),))

    async def unsupported_product(self, context: ActionContext) -> Outcome:
        """The product is not sold here yet: say so and offer a human."""
        sold = [product.wording.title for product in REGISTRY.values()]
        say = Say("unsupported_product", {"sold": sold}, quick_replies=(*BUY, *HUMAN))
        return Outcome(effects=(say,))

    async def send_client_data(self, context: ActionContext) -> Outcome:
        """«Пришлите мои данные»: a job puts an archive into this chat (152-ФЗ art. 14)."""
        order = SendClientData(
            tenant_id=context.tenant_id, conversation_id=context.conversation_id, key=context.key
        )
        return Outcome(effects=(Say("client_data_ordered"),), jobs=(order,))

    async def give_site_link(self, context: ActionContext) -> Outcome:
        """«Продолжить на сайте»: a link that opens this conversation there, once."""
        if context.channel == "web":
            return Outcome(effects=(Say("already_on_site"),))
        async with self._db.unit() as unit:
            token = await returning.issue(unit, context.tenant_id, context.conversation_id)
        return Outcome(effects=(Say("site_link", {"url": f"{self._base}/r/{token}"}),))

    async def commercial_use(self, context: ActionContext) -> Outcome:
        """Taxi and delivery need another tariff and a human."""
        return Outcome(effects=(Say("commercial_use"), Handover("commercial_use")))

    async def check_paid(self, context: ActionContext) -> Outcome:
        """«Оплатил, а полиса нет»: look at the sale and ask the insurer again."""
        async with self._db.unit() as unit:
            sale = await SaleRepository(unit, context.tenant_id).last_sale(context.conversation_id)
        if sale is None:
            return Outcome(effects=(Say("no_sale_found", quick_replies=HUMAN), Handover("paid")))
        if sale.state == "issued" and sale.settled:
            return await self.show_policies(context)
        if sale.settled:
            return Outcome(effects=(Say("paid_not_issued"), Handover("paid_not_issued")))
        key = "policy_waiting" if sale.paid_at is not None else "payment_not_seen"
        return Outcome(effects=(Say(key),), jobs=(AdvanceSale(sale_id=sale.id),))

    async def _last_policy(self, context: ActionContext) -> Policy | None:
        async with self._db.unit() as unit:
            found = await PolicyRepository(unit, context.tenant_id).policies(
                contact_id=context.contact_id
            )
        return found[0] if found else None


def _policy_line(policy: PolicyView) -> dict[str, Any]:
    return {
        "number": policy.number,
        "product": policy.product_title,
        "company": policy.company,
        "title": policy.title,
        "start": policy.start_date,
        "end": policy.expire_at,
        "state": policy.state,
        "price": policy.price,
    }
