"""Reads webhooks of WhatsApp Cloud API.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from insurance_chat.channels.meta import hooks
from insurance_chat.channels.meta.hooks import dicts, fitted, inner, whole
from insurance_chat.channels.ports import (
    Account,
    AccountChanged,
    Happening,
    Incoming,
    RawUpdate,
)
from insurance_chat.channels.whatsapp_cloud.account_events import account_changed
from insurance_chat.channels.whatsapp_cloud.messages import echo, message
from insurance_chat.channels.whatsapp_cloud.statuses import status

OBJECT = "whatsapp_business_account"


def split(account: Account, body: bytes) -> Sequence[RawUpdate]:
    """Cut a call into messages, statuses and news of the account.

    One call carries events of several numbers of a business; those of another number are left out,
    because every connected number has an address of its own (`WhatsAppCloud.begin`).

    Raises:
        ValueError: it is not a call of WhatsApp.
    """
    found: list[RawUpdate] = []
    for entry in hooks.entries(body, OBJECT):
        for change in dicts(entry.get("changes")):
            field, value = change.get("field"), inner(change, "value")
            if field in ("messages", "smb_message_echoes"):
                if str(inner(value, "metadata").get("phone_number_id")) == account.external_id:
                    found += _of_number(value, len(found))
            elif field == "account_update" and _about(account, entry):
                found.append(_of_account(entry, value))
    return found


def _about(account: Account, entry: Mapping[str, Any]) -> bool:
    return str(entry.get("id", "")) == str(account.options.get("waba_id", ""))


def _of_number(value: Mapping[str, Any], already: int) -> Iterator[RawUpdate]:
    contacts = dicts(value.get("contacts"))
    lists = (("message", "messages"), ("echo", "message_echoes"), ("status", "statuses"))
    for kind, name in lists:
        for item in dicts(value.get(name)):
            chat, key = _names(kind, item)
            if key:
                body = {"kind": kind, "item": item, "contact": _contact(contacts, item)}
                order = whole(item.get("timestamp")) * hooks.PLACES + already
                yield RawUpdate(fitted(key), chat, order, body)
                already += 1


def _names(kind: str, item: Mapping[str, Any]) -> tuple[str, str]:
    """The chat and the key of a piece; a client without a shown number has an id of the business."""
    said = str(item.get("id", ""))
    if kind == "status":
        to = item.get("recipient_id") or item.get("recipient_user_id") or ""
        return str(to), f"{said}:{item.get('status', '')}" if said else ""
    if kind == "echo":
        return str(item.get("to") or item.get("to_user_id") or ""), said
    return str(item.get("from") or item.get("from_user_id") or ""), said


def _contact(contacts: list[dict[str, Any]], item: Mapping[str, Any]) -> dict[str, Any]:
    who = {str(item.get("from", "")), str(item.get("from_user_id", ""))} - {""}
    for contact in contacts:
        if {str(contact.get("wa_id", "")), str(contact.get("user_id", ""))} & who:
            return contact
    return {}


def _of_account(entry: Mapping[str, Any], value: Mapping[str, Any]) -> RawUpdate:
    at = whole(entry.get("time"))
    key = f"account:{entry.get('id')}:{at}:{value.get('event', '')}"
    return RawUpdate(fitted(key), "", at * hooks.PLACES, {"kind": "account", "item": dict(value)})


def parse(account: Account, update: Mapping[str, Any]) -> Sequence[Happening]:
    """Read one piece that `split` has cut out."""
    item, contact = inner(update, "item"), inner(update, "contact")
    match update.get("kind"):
        case "message":
            said = message(item, contact)
            first = not account.options.get("heard") and any(
                isinstance(one, Incoming) for one in said
            )
            # The first message ends the advice of the first steps.
            return (*said, AccountChanged(options={"heard": True})) if first else said
        case "echo":
            return echo(item)
        case "status":
            return status(item)
        case "account":
            return account_changed(item)
        case _:
            return ()
