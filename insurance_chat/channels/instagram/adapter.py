"""Direct messages of Instagram through the Graph API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from insurance_chat.channels.instagram import compose, form, parse
from insurance_chat.channels.instagram.errors import MEANINGS
from insurance_chat.channels.instagram.own import OwnMessages
from insurance_chat.channels.instagram.settings import InstagramSettings
from insurance_chat.channels.meta import hooks
from insurance_chat.channels.meta.graph import Graph, text_of
from insurance_chat.channels.meta.hooks import fitted, whole
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
    Incoming,
    MediaRef,
    OwnerWrote,
    Pace,
    Part,
    Person,
    Probe,
    Progress,
    RawUpdate,
    Secrets,
    StatusChange,
    TextPart,
)
from insurance_chat.core.errors import invalid

EVENTS = (
    "messages,messaging_postbacks,messaging_seen,message_reactions,message_edit,messaging_referral"
)
RENEW_BEFORE = timedelta(days=30)  # a token lives 60 days and may be renewed from its second day
_WHERE = (
    "developers.facebook.com → ваше приложение → Instagram → «Настройка API с входом через "
    "Instagram» → «Настройка Webhooks»"
)
_REVIEW = (
    "Пока приложение Meta не прошло проверку (App Review, право на переписку в Instagram), сервис "
    "видит сообщения только от людей, добавленных в приложение."
)
_NO_ADDRESS = (
    "У сервиса нет адреса, доступного из интернета, поэтому сообщения клиентов не придут и файлы не "
    "уйдут. Укажите его в настройке PUBLIC_URL (https://…)."
)


class Instagram:
    """The adapter: see `ChannelAdapter` and `Introduces`.

    Args:
        settings: where the Graph API is.
        http: the client of the process.
    """

    code = "instagram"
    channel = "instagram"
    title = "Instagram"
    fields = form.FIELDS
    capabilities = Capabilities(
        text_length=compose.TEXT_LENGTH,
        buttons=compose.REPLIES,
        button_length=compose.REPLY_LENGTH,
        markup="plain",
        caption_length=compose.TEXT_LENGTH,
        file_bytes=25 * 1024 * 1024,
        window_hours=24,
        human_hours=7 * 24,
        files_by_url=True,
        typing=True,
        voice=False,  # Instagram plays no Ogg
    )
    pace = Pace(account=20.0, chat=2.0)

    def __init__(self, settings: InstagramSettings, http: httpx.AsyncClient) -> None:
        self._graph = Graph(
            settings.instagram_api_url,
            settings.instagram_api_version,
            settings.instagram_timeout_seconds,
            http,
            MEANINGS,
            "Instagram",
        )
        self._own = OwnMessages()

    async def connect(self, given: Secrets) -> Connected:
        """Try the pasted values out at the messenger."""
        values = {field.name: given.get(field.name, "").strip() for field in form.FIELDS}
        for field in form.FIELDS:
            if field.required and not values[field.name]:
                raise invalid("channel_field", f"Заполните поле «{field.title}». {field.help}")
        if not values["account_id"].isdecimal():
            raise invalid(
                "channel_field", "«Идентификатор аккаунта Instagram» — это длинное число, не имя."
            )
        me = await form.try_values(self._graph, values)
        names = ("token", "app_secret", "meta_app_secret")
        word = hooks.new_verify_token()
        return Connected(
            external_id=text_of(me, "user_id") or values["account_id"],
            title=f"@{text_of(me, 'username')}",
            secrets={name: values[name] for name in names if values[name]} | {"verify_token": word},
            # A new token has a term of its own, which the next probe learns.
            options={"username": text_of(me, "username"), "token_until": 0},
            wants=(hooks.guide("адрес для событий этого канала", word, _WHERE, EVENTS), _REVIEW),
        )

    async def begin(self, account: Account) -> None:
        """The account is connected or its mode has changed: set or drop the webhook."""
        if self._graph.can_call(account.hook_url):
            path = f"{account.external_id}/subscribed_apps"
            await self._graph.post(path, account.secrets["token"], subscribed_fields=EVENTS)

    async def end(self, account: Account) -> None:
        """The account is being removed: take back what `begin` did."""
        with suppress(ChannelError):
            path = f"{account.external_id}/subscribed_apps"
            await self._graph.delete(path, account.secrets["token"])

    def link(self, options: Mapping[str, Any], payload: str) -> str:
        """Opens Direct with our account and brings the payload as the referral."""
        username = str(options.get("username") or "")
        return f"https://ig.me/m/{username}?ref={payload}" if username else ""

    async def probe(self, account: Account) -> Probe:
        """Ask the messenger how the account is, and renew its token in good time."""
        token = account.secrets["token"]
        try:
            me = await self._graph.get("me", token, fields=form.ME)
            renewed, options = await self._renewed(account)
        except ChannelError as problem:
            if problem.failure is not Failure.ACCOUNT:
                raise
            return Probe(False, problem.words)
        words = f"Работает: @{text_of(me, 'username')}."
        return Probe(True, words, self._wants(account), options, renewed)

    def _wants(self, account: Account) -> tuple[str, ...]:
        if not self._graph.can_call(account.hook_url):
            return (_NO_ADDRESS,)
        if account.options.get("heard"):
            return ()
        word = account.secrets.get("verify_token", "")
        return (hooks.guide(account.hook_url, word, _WHERE, EVENTS), _REVIEW)

    async def _renewed(self, account: Account) -> tuple[Secrets, Mapping[str, Any]]:
        """A token with a new term, when the old one has less than a month left.

        The first time nobody knows the term, so it is asked for by renewing; a token younger than a
        day cannot be renewed, which is no fault.
        """
        until = whole(account.options.get("token_until"))
        now = datetime.now(UTC)
        if until and datetime.fromtimestamp(until, UTC) - now > RENEW_BEFORE:
            return {}, {}
        try:
            answer = await self._graph.get_unversioned(
                "refresh_access_token", account.secrets["token"], grant_type="ig_refresh_token"
            )
        except ChannelError as problem:
            if problem.failure is Failure.ACCOUNT and until and until < now.timestamp():
                raise
            return {}, {}
        token, seconds = text_of(answer, "access_token"), whole(answer.get("expires_in"))
        if not token or not seconds:
            return {}, {}
        ends = int((now + timedelta(seconds=seconds)).timestamp())
        return {"token": token}, {"token_until": ends}

    def challenge(self, account: Account, request: HookRequest) -> str | None:
        """The answer to a messenger that checks the address with a GET; None refuses."""
        return hooks.challenge(account.secrets.get("verify_token", ""), request)

    def verify(self, account: Account, request: HookRequest) -> bool:
        """Whether the call really comes from the messenger (signature or secret token)."""
        names = ("app_secret", "meta_app_secret")
        return hooks.signed(request, [account.secrets.get(name, "") for name in names])

    def split(self, account: Account, body: bytes) -> Sequence[RawUpdate]:
        """Cut a call into updates; quick, reads only what names and orders them."""
        return parse.split(account, body)

    def parse(self, account: Account, update: Mapping[str, Any]) -> Sequence[Happening]:
        """Read one stored update; an echo of our own message is no person's words."""
        return [
            known
            for happening in parse.parse(account, update)
            for known in self._known(account, happening)
        ]

    def _known(self, account: Account, happening: Happening) -> Sequence[Happening]:
        if not isinstance(happening, OwnerWrote):
            return (happening,)
        if self._own.is_ours(happening.message_id):
            return ()
        key = self._own.key_of(account.id, happening.chat, happening.text)
        if key is not None:
            # Our own message whose answer is not here, or was lost: the echo proves that it went.
            return (StatusChange(happening.message_id, Progress.SENT, key=key),)
        return () if happening.extra.get(parse.BY_PROGRAM) else (happening,)

    async def send(self, account: Account, to: ChatAddress, part: Part, key: str) -> str:
        """Send one part; returns the messenger's id of the message."""
        if isinstance(part, TextPart):
            messages = compose.text_messages(part)
        elif isinstance(part, FilePart):
            messages = compose.file_messages(part)
        else:
            raise ChannelError(Failure.REFUSED, "В Instagram нет шаблонов.")
        if not messages:
            raise ChannelError(
                Failure.REFUSED,
                "Instagram берёт файлы только по адресу в интернете, а у сервиса его нет (PUBLIC_URL).",
            )
        last = ""
        for message in messages:
            last = await self._say(account, to, message, key)
        return last

    async def _say(
        self, account: Account, to: ChatAddress, message: dict[str, Any], key: str
    ) -> str:
        text = str(message.get("text", ""))
        self._own.sending(account.id, to.chat, text, key)
        try:
            answer = await self._answer(account, to, message)
        except ChannelError as problem:
            if problem.failure is not Failure.RETRY:
                self._own.refused(account.id, to.chat, text)
            raise
        message_id = fitted(text_of(answer, "message_id"))
        if not message_id:
            raise ChannelError(Failure.RETRY, "Instagram ответил непонятно.")
        self._own.sent(account.id, to.chat, text, message_id)
        return message_id

    async def _answer(
        self, account: Account, to: ChatAddress, message: dict[str, Any]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"recipient": {"id": to.chat}, "message": message}
        try:
            return await self._post(account, body | {"messaging_type": "RESPONSE"})
        except ChannelError as problem:
            if problem.failure is not Failure.WINDOW or not to.extra.get("by_human"):
                raise
        # Seven days, and only for the words of a person: Meta closes accounts for anything else.
        tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return await self._post(account, body | tagged)

    async def _post(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        path = f"{account.external_id}/messages"
        return await self._graph.post(path, account.secrets["token"], body)

    async def typing(self, account: Account, to: ChatAddress) -> None:
        """Show that somebody types; failures are nobody's concern."""
        await self._act(account, to.chat, "typing_on")

    async def answered(self, account: Account, update: Mapping[str, Any]) -> None:
        """The update was stored: stop the spinner of a button, mark as read; best effort."""
        for happening in parse.parse(account, update):
            if isinstance(happening, Incoming):
                await self._act(account, happening.chat, "mark_seen")

    async def _act(self, account: Account, chat: str, action: str) -> None:
        with suppress(ChannelError):
            await self._post(account, {"recipient": {"id": chat}, "sender_action": action})

    async def introduce(self, account: Account, person: Person) -> Person:
        """The same person with a name, as far as the messenger tells; never raises."""
        if not person.id.isdecimal():
            return person
        try:
            told = await self._graph.get(
                person.id, account.secrets["token"], fields="name,username"
            )
        except ChannelError:
            return person
        return replace(person, name=text_of(told, "name"), username=text_of(told, "username"))

    async def fetch(self, account: Account, media: MediaRef) -> AsyncIterator[bytes]:
        """Content of a file, in pieces."""
        async for piece in self._graph.stream(media.ref):
            yield piece
