"""The address for webhooks of one number: Meta is told it, and asked where it sends.

Every number gets an address of its own («override» of the number), so two numbers of one business
do not get each other's messages and neither needs the address of the whole application.
Source: https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.channels.meta.errors import GraphError
from insurance_chat.channels.meta.graph import Graph, text_of
from insurance_chat.channels.meta.hooks import dicts, guide, inner
from insurance_chat.channels.ports import Account, ChannelError

FIELDS = "messages,smb_message_echoes,account_update"
_WHERE = "developers.facebook.com → ваше приложение → WhatsApp → Конфигурация"
NO_ADDRESS = (
    "У сервиса нет адреса, доступного из интернета, поэтому сообщения клиентов не придут. Укажите его "
    "в настройке PUBLIC_URL (https://…)."
)


async def set_address(graph: Graph, account: Account) -> None:
    """Make Meta send this number's events to us.

    Raises:
        ChannelError: Meta refused, most often because it could not open the address.
    """
    token, waba = account.secrets["token"], str(account.options["waba_id"])
    await _app_listens(graph, account)
    await graph.post(f"{waba}/subscribed_apps", token)
    override = {
        "override_callback_uri": account.hook_url,
        "verify_token": account.secrets["verify_token"],
    }
    await graph.post(account.external_id, token, {"webhook_configuration": override})


async def _app_listens(graph: Graph, account: Account) -> None:
    """Without fields chosen for the application Meta sends nothing, whatever the address."""
    app = str(account.options.get("app_id", ""))
    if not app:
        return
    token = f"{app}|{account.secrets['app_secret']}"
    listed = dicts((await graph.get(f"{app}/subscriptions", token)).get("data"))
    mine = [one for one in listed if one.get("object") == "whatsapp_business_account"]
    chosen = {text_of(field, "name") for one in mine for field in dicts(one.get("fields"))}
    missing = [name for name in FIELDS.split(",") if name not in chosen]
    if not missing:
        return
    # The address of the whole application stays whose it was.
    address = text_of(mine[0], "callback_url") if mine else account.hook_url
    if address != account.hook_url:
        return
    await graph.post(
        f"{app}/subscriptions",
        token,
        object="whatsapp_business_account",
        callback_url=account.hook_url,
        verify_token=account.secrets["verify_token"],
        fields=FIELDS,
    )


async def drop_address(graph: Graph, account: Account) -> None:
    """Events of this number go where they went before us.

    Raises:
        ChannelError: Meta refused.
    """
    override = {"override_callback_uri": ""}
    await graph.post(
        account.external_id, account.secrets["token"], {"webhook_configuration": override}
    )


def address_wants(graph: Graph, account: Account, number: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be done by hand so that messages arrive; empty when they arrive here."""
    if not graph.can_call(account.hook_url):
        return (NO_ADDRESS,)
    set_up = inner(number, "webhook_configuration")
    now = next(
        (
            set_up[name]
            for name in ("phone_number", "whatsapp_business_account", "application")
            if set_up.get(name)
        ),
        "",
    )
    if now == account.hook_url:
        return ()
    return (guide(account.hook_url, account.secrets.get("verify_token", ""), _WHERE, FIELDS),)


async def fields_wants(graph: Graph, account: Account) -> tuple[str, ...]:
    """Which events are not switched on in the application; empty when all needed are."""
    app = str(account.options.get("app_id", ""))
    if not app or not graph.can_call(account.hook_url):
        return ()
    token = f"{app}|{account.secrets['app_secret']}"
    try:
        listed = dicts((await graph.get(f"{app}/subscriptions", token)).get("data"))
    except GraphError as problem:
        return (f"Не удалось узнать, какие события включены: {problem.words}",)
    except ChannelError:
        return ()
    chosen = {
        text_of(field, "name")
        for one in listed
        if one.get("object") == "whatsapp_business_account"
        for field in dicts(one.get("fields"))
    }
    if "messages" in chosen:
        return ()
    return (f"{_WHERE}: включите поле messages (подписаться).",)
