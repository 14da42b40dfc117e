"""WhatsApp through the Cloud API of Meta."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx

from insurance_chat.channels.meta import hooks
from insurance_chat.channels.meta.graph import Graph, text_of
from insurance_chat.channels.meta.hooks import dicts, fitted, inner, whole
from insurance_chat.channels.ports import (
    Account,
    Capabilities,
    ChannelError,
    ChatAddress,
    Connected,
    Failure,
    FilePart,
    Happening,
    HookRequest,
    MediaRef,
    Pace,
    Part,
    Probe,
    RawUpdate,
    Secrets,
    Template,
    TemplatePart,
    TextPart,
)
from insurance_chat.channels.prepared import chat_link
from insurance_chat.channels.whatsapp_cloud import compose, form, parse, templates, webhook
from insurance_chat.channels.whatsapp_cloud.errors import MEANINGS
from insurance_chat.channels.whatsapp_cloud.settings import WhatsAppSettings
from insurance_chat.core.errors import invalid

_PAYMENT = (
    "Чтобы писать первым (шаблоны), добавьте способ оплаты в WhatsApp Manager → Настройки оплаты и "
    "подтвердите компанию в Meta Business Suite → Центр безопасности. Ответы клиентам в течение 24 "
    "часов работают и без этого."
)


class WhatsAppCloud:
    """The adapter: see `ChannelAdapter` and `Templates`.

    Args:
        settings: where the Graph API is.
        http: the client of the process.
    """

    code = "whatsapp_cloud"
    channel = "whatsapp"
    title = "WhatsApp (официальный, Cloud API)"
    fields = form.FIELDS
    capabilities = Capabilities(
        text_length=compose.TEXT_LENGTH,
        buttons=compose.BUTTONS,
        button_length=compose.ROW_TEXT_LENGTH,  # longer than a button: it becomes a row of a list
        list_rows=compose.ROWS,
        markup="whatsapp",
        caption_length=compose.CAPTION_LENGTH,
        file_bytes=compose.LIMITS["document"],
        window_hours=24,
        typing=True,
    )
    # Meta allows 80 a second in a number, and bursts to one client.
    pace = Pace(account=60.0, chat=3.0)

    def __init__(self, settings: WhatsAppSettings, http: httpx.AsyncClient) -> None:
        self._graph = Graph(
            settings.whatsapp_api_url,
            settings.whatsapp_api_version,
            settings.whatsapp_timeout_seconds,
            http,
            MEANINGS,
            "WhatsApp Cloud API",
        )

    async def connect(self, given: Secrets) -> Connected:
        """Try the pasted values out at the messenger."""
        values = {field.name: given.get(field.name, "").strip() for field in form.FIELDS}
        for field in form.FIELDS:
            if not values[field.name]:
                raise invalid("channel_field", f"Заполните поле «{field.title}». {field.help}")
        for name in ("phone_number_id", "waba_id"):
            if not values[name].isdecimal():
                title = next(field.title for field in form.FIELDS if field.name == name)
                raise invalid("channel_field", f"«{title}» — это длинное число без пробелов и «+».")
        tried = await form.try_values(self._graph, values)
        number = text_of(tried.number, "display_phone_number")
        name = text_of(tried.number, "verified_name")
        return Connected(
            external_id=values["phone_number_id"],
            title=f"{number} · {name}" if name else number,
            secrets={
                "token": values["token"],
                "app_secret": values["app_secret"],
                "verify_token": hooks.new_verify_token(),
            },
            options={
                "waba_id": values["waba_id"],
                "app_id": tried.app_id,
                "number": number,
                "token_until": tried.token_until,
            },
            wants=(*tried.wants, _PAYMENT),
        )

    def link(self, options: Mapping[str, Any], payload: str) -> str:
        """Opens a chat with our number with the payload in prepared words."""
        return chat_link(str(options.get("number") or ""), payload)

    async def begin(self, account: Account) -> None:
        """The account is connected or its mode has changed: set or drop the webhook."""
        if self._graph.can_call(account.hook_url):
            await webhook.set_address(self._graph, account)

    async def end(self, account: Account) -> None:
        """The account is being removed: take back what `begin` did."""
        with suppress(ChannelError):
            await webhook.drop_address(self._graph, account)

    async def probe(self, account: Account) -> Probe:
        """Ask the messenger how the account is."""
        try:
            number = await self._graph.get(
                account.external_id, account.secrets["token"], fields=form.NUMBER_FIELDS
            )
        except ChannelError as problem:
            if problem.failure is not Failure.ACCOUNT:
                raise
            return Probe(False, problem.words)
        wants = (
            *form.token_wants(whole(account.options.get("token_until"))),
            *form.number_wants(number),
            *webhook.address_wants(self._graph, account, number),
            *await webhook.fields_wants(self._graph, account),
            *(() if account.options.get("heard") else (_PAYMENT,)),
        )
        words = f"Работает: {text_of(number, 'display_phone_number')}."
        return Probe(True, words, wants)

    def challenge(self, account: Account, request: HookRequest) -> str | None:
        """The answer to a messenger that checks the address with a GET; None refuses."""
        return hooks.challenge(account.secrets.get("verify_token", ""), request)

    def verify(self, account: Account, request: HookRequest) -> bool:
        """Whether the call really comes from the messenger (signature or secret token)."""
        return hooks.signed(request, [account.secrets.get("app_secret", "")])

    def split(self, account: Account, body: bytes) -> Sequence[RawUpdate]:
        """Cut a call into updates; quick, reads only what names and orders them."""
        return parse.split(account, body)

    def parse(self, account: Account, update: Mapping[str, Any]) -> Sequence[Happening]:
        """Read one stored update; what is not known to us gives nothing."""
        return parse.parse(account, update)

    async def send(self, account: Account, to: ChatAddress, part: Part, key: str) -> str:
        """Send one part; returns the messenger's id of the message."""
        if isinstance(part, TextPart):
            body = compose.text_message(part)
        elif isinstance(part, FilePart):
            body = await self._file(account, part)
        else:
            body = await self._template(account, part)
        path = f"{account.external_id}/messages"
        message = compose.envelope(to, key) | body
        answer = await self._graph.post(path, account.secrets["token"], message)
        sent = dicts(answer.get("messages"))
        if not sent or not text_of(sent[0], "id"):
            raise ChannelError(Failure.RETRY, "WhatsApp ответил непонятно.")
        return fitted(text_of(sent[0], "id"))

    async def _file(self, account: Account, part: FilePart) -> dict[str, Any]:
        if len(part.data) > compose.LIMITS["document"]:
            raise ChannelError(Failure.REFUSED, "Файл больше 100 МБ: WhatsApp его не примет.")
        kind = compose.file_kind(part)
        answer = await self._graph.upload(
            f"{account.external_id}/media",
            account.secrets["token"],
            {"messaging_product": "whatsapp"},
            part.name,
            compose.file_mime(part, kind),
            part.data,
        )
        return compose.file_message(part, kind, text_of(answer, "id"))

    async def _template(self, account: Account, part: TemplatePart) -> dict[str, Any]:
        names: tuple[str, ...] = ()
        if part.variables:
            listed = await self._templates(account, name=part.name)
            mine = [one for one in listed if one.get("language") == part.language]
            names = templates.names_of(templates.body_of(mine[0])) if mine else ()
        filled = templates.parameters(names, part.variables)
        return compose.template_message(part.name, part.language, filled)

    async def templates(self, account: Account) -> Sequence[Template]:
        """What the account has."""
        found = [templates.template(item) for item in await self._templates(account)]
        return [one for one in found if one is not None]

    async def _templates(self, account: Account, **only: str) -> list[dict[str, Any]]:
        path = f"{account.options['waba_id']}/message_templates"
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = {"after": after} if after else {}
            answer = await self._graph.get(
                path, account.secrets["token"], limit="200", **only, **page
            )
            found += dicts(answer.get("data"))
            after = text_of(inner(answer, "paging", "cursors"), "after")
            if not inner(answer, "paging").get("next") or not after:
                return found

    async def typing(self, account: Account, to: ChatAddress) -> None:
        """Show that somebody types; failures are nobody's concern."""
        last = str(to.extra.get("last_message", ""))
        if last:
            await self._seen(account, last, {"typing_indicator": {"type": "text"}})

    async def answered(self, account: Account, update: Mapping[str, Any]) -> None:
        """The update was stored: stop the spinner of a button, mark as read; best effort."""
        item = inner(update, "item")
        if update.get("kind") == "message" and item.get("type") not in ("reaction", "system"):
            await self._seen(account, text_of(item, "id"), {})

    async def _seen(self, account: Account, message_id: str, more: dict[str, Any]) -> None:
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        with suppress(ChannelError):
            path = f"{account.external_id}/messages"
            await self._graph.post(path, account.secrets["token"], body | more)

    async def fetch(self, account: Account, media: MediaRef) -> AsyncIterator[bytes]:
        """Content of a file, in pieces."""
        token = account.secrets["token"]
        if not media.ref.isdecimal():
            raise ChannelError(Failure.REFUSED, "У файла нет идентификатора.")
        card = await self._graph.get(media.ref, token, phone_number_id=account.external_id)
        async for piece in self._graph.stream(text_of(card, "url"), token):
            yield piece
