"""Reading policies and sending them by e-mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from insurance_chat.conversations import sessions, sessions_lookup
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.insurers import get_insurer
from insurance_chat.insurance.jobs import SendPolicyMail
from insurance_chat.insurance.models import Policy
from insurance_chat.insurance.products import get_product
from insurance_chat.insurance.repository import PolicyRepository


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy with everything that screens and the API show. `price` in roubles."""

    id: UUID
    policy_id: int
    session_id: str | None
    conversation_id: int | None
    product: str
    company_code: str
    company: str
    number: str
    price: Decimal
    start_date: date
    expire_at: date
    title: str
    file_key: str
    file_size: int
    email: str | None
    is_agent_client: bool

    @property
    def state(self) -> str:
        """`future`, `active` or `expired` on the Moscow calendar of today."""
        today = moscow_today()
        if today < self.start_date:
            return "future"
        return "active" if today <= self.expire_at else "expired"

    @property
    def product_title(self) -> str:
        """«ОСАГО», «Ипотечное страхование»."""
        return get_product(self.product).wording.title

    @property
    def file_name(self) -> str:
        """Name of the PDF for a person."""
        return f"{get_product(self.product).wording.policy} {self.number}.pdf"

    def file_card(self) -> dict[str, Any]:
        """The file as `Message.metadata.files` shows it; the door makes the link."""
        return {
            "key": self.file_key,
            "name": self.file_name,
            "mime": "application/pdf",
            "size": self.file_size,
            "kind": "policy",
        }


async def view(unit: Unit, policy: Policy) -> PolicyView:
    """Show a loaded policy."""
    return (await views(unit, policy.tenant_id, [policy]))[0]


async def views(unit: Unit, tenant_id: int, loaded: Sequence[Policy]) -> list[PolicyView]:
    """Show loaded policies of one tenant; their chats are looked up in one query."""
    chats = await sessions_lookup.public_ids(
        unit, tenant_id, (policy.conversation_id for policy in loaded)
    )
    return [_view(unit, policy, chats) for policy in loaded]


def _view(unit: Unit, policy: Policy, chats: Mapping[int, str]) -> PolicyView:
    subject: dict[str, Any] = unit.cipher.open_json(policy.subject)
    return PolicyView(
        id=policy.public_id,
        policy_id=policy.id,
        session_id=chats.get(policy.conversation_id) if policy.conversation_id else None,
        conversation_id=policy.conversation_id,
        product=policy.product,
        company_code=policy.company_code,
        company=company_name(policy.company_code),
        number=policy.number,
        price=policy.price,
        start_date=policy.start_date,
        expire_at=policy.expire_at,
        title=subject["title"],
        file_key=policy.file_key,
        file_size=subject["file_size"],
        email=subject.get("email"),
        is_agent_client=policy.is_agent_client,
    )


async def may_see(unit: Unit, principal: Principal, policy: Policy) -> bool:
    """The administrator sees all policies of the tenant, a client those of their conversation.

    An agent sees those that they issued and those of conversations that they may see.
    """
    if principal.user_id is not None and policy.operator_id == principal.user_id:
        return True
    if policy.conversation_id is None:
        return principal.is_admin
    return await sessions.may_see(unit, principal, policy.conversation_id)


async def find(unit: Unit, principal: Principal, policy_id: UUID) -> Policy:
    """A policy that the caller may see.

    Raises:
        ServiceError: `policy_not_found`.
    """
    policy = await PolicyRepository(unit, principal.tenant_id).policy(policy_id)
    if policy is None or not await may_see(unit, principal, policy):
        raise not_found("policy_not_found", "Полис не найден.")
    return policy


async def of_contact(unit: Unit, tenant_id: int, contact_id: int) -> list[PolicyView]:
    """All policies of a person, latest first."""
    rows = await PolicyRepository(unit, tenant_id).policies(contact_id=contact_id)
    return [await view(unit, row) for row in rows]


async def of_sale(unit: Unit, tenant_id: int, sale_id: int) -> PolicyView | None:
    """The policy in which a sale has ended."""
    row = await PolicyRepository(unit, tenant_id).policy_of_sale(sale_id)
    return await view(unit, row) if row is not None else None


async def send_by_email(
    unit: Unit, tenant_id: int, policy_id: int, email: str, *, key: str, template: str = "policy"
) -> bool:
    """Order an e-mail with the policy; the same key sends it once.

    Args:
        key: who asked for it and when, e.g. `conversation:run:send_policy_email`.
        template: `policy` or `reminder`.
    """
    mail_id = await PolicyRepository(unit, tenant_id).add_mail(
        {
            "policy_id": policy_id,
            "key": key,
            "template": template,
            "email": unit.cipher.seal(email),
        }
    )
    if mail_id is None:
        return False
    await unit.defer(SendPolicyMail(mail_id=mail_id))
    return True


def company_name(code: str) -> str:
    """Short Russian name of an insurer; the code itself when it is not in our list."""
    insurer = get_insurer(code)
    return insurer.short if insurer is not None else code
