"""Bodies of webhooks.

Sources: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components and
https://developers.facebook.com/docs/instagram-platform/webhooks/examples.
"""

from __future__ import annotations

from typing import Any

from insurance_chat.sandbox.graph.courier import GraphCourier
from insurance_chat.sandbox.graph.world import World
from insurance_chat.sandbox.store import Doc

Json = dict[str, Any]


class Events:
    """Tells the product what happened, at the address that it has set."""

    def __init__(self, world: World, courier: GraphCourier) -> None:
        self._world = world
        self._courier = courier

    def address(self, account: Doc) -> str:
        """Where events of an account go; empty when nobody has asked for them."""
        if account["override"]:
            return str(account["override"]["url"])
        kind = "whatsapp_business_account" if account["product"] == "whatsapp" else "instagram"
        callback = self._world.app()["callbacks"].get(kind)
        return str(callback["url"]) if callback and account["subscribed"] else ""

    def whatsapp(self, account: Doc, field: str, whose: str = "", **value: Any) -> None:
        """An event of a number: `messages`, `smb_message_echoes` or another field.

        Args:
            whose: the client that it is about.
        """
        card = {
            "display_phone_number": account["number"],
            "phone_number_id": account["id"],
        }
        content = {"messaging_product": "whatsapp", "metadata": card} | value
        self._send_whatsapp(account, field, content, whose)

    def of_account(self, account: Doc, event: str) -> None:
        """News of the whole WhatsApp Business account."""
        self._send_whatsapp(account, "account_update", {"event": event})

    def _send_whatsapp(self, account: Doc, field: str, value: Json, whose: str = "") -> None:
        entry = {
            "id": account["waba"],
            "time": int(self._world.now().timestamp()),
            "changes": [{"field": field, "value": value}],
        }
        payload = {"object": "whatsapp_business_account", "entry": [entry]}
        self._courier.post(self.address(account), payload, whose)

    def whatsapp_message(self, account: Doc, client: str, message: Json) -> None:
        """A client's message with the card of the client; one without a number has only an id."""
        chat = self._world.chat(account["id"], client)
        contact: Json = {"profile": {"name": chat["name"]}}
        if client.isdecimal():
            contact["wa_id"] = client
            whom = {"from": client}
        else:
            contact |= {"user_id": client, "profile": contact["profile"] | {"username": "anna"}}
            whom = {"from_user_id": client}
        self.whatsapp(account, "messages", client, contacts=[contact], messages=[whom | message])

    def status(self, message: Doc, status: str, **more: Any) -> None:
        """A status of a message that the product has sent."""
        account = self._world.account(message["account"])
        if account is None:
            return
        content = {
            "id": message["id"],
            "status": status,
            "timestamp": str(int(self._world.now().timestamp())),
            "recipient_id": message["client"],
        } | more
        if message.get("key"):
            content["biz_opaque_callback_data"] = message["key"]
        self.whatsapp(account, "messages", message["client"], statuses=[content])

    def instagram(self, account: Doc, client: str, from_client: bool = True, **event: Any) -> None:
        """A messaging event of an Instagram account."""
        ends = ({"id": client}, {"id": account["id"]})
        sender, recipient = ends if from_client else ends[::-1]
        milliseconds = int(self._world.now().timestamp() * 1000)
        content = {"sender": sender, "recipient": recipient, "timestamp": milliseconds} | event
        entry = {"id": account["id"], "time": milliseconds, "messaging": [content]}
        payload = {"object": "instagram", "entry": [entry]}
        self._courier.post(self.address(account), payload, client)
