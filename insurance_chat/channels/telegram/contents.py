"""What a message of Telegram says: its words, its files, and things put into words."""

from __future__ import annotations

from aiogram.types import Message, PhotoSize

from insurance_chat.channels.ports import MediaKind, MediaRef

#: Larger files Telegram does not give to bots. https://core.telegram.org/bots/api#getfile
MOST_FETCHED = 20_000_000


def words(message: Message) -> str:
    """Text, caption, or what was sent instead as a Russian sentence; empty for a bare file."""
    return (message.text or message.caption or _described(message)).strip()


def own_phone(message: Message) -> str:
    """The client's own number, which Telegram vouches for; empty for somebody else's card."""
    contact = message.contact
    if contact is None or message.from_user is None or contact.user_id != message.from_user.id:
        return ""
    return contact.phone_number


def media(message: Message) -> tuple[MediaRef, ...]:
    """The file of a message; an album comes as several messages."""
    if message.voice:
        voice = message.voice
        return (_ref(MediaKind.VOICE, voice.file_id, "", voice.mime_type, voice.file_size),)
    if message.photo:
        best = _best(message.photo)
        return (_ref(MediaKind.IMAGE, best.file_id, "photo.jpg", "image/jpeg", best.file_size),)
    if message.video_note:
        note = message.video_note
        return (_ref(MediaKind.VIDEO, note.file_id, "video.mp4", "video/mp4", note.file_size),)
    for kind, file in (
        (MediaKind.VIDEO, message.animation or message.video),
        (MediaKind.AUDIO, message.audio),
        (MediaKind.DOCUMENT, message.document),
    ):
        if file is not None:
            name = file.file_name or ""
            return (_ref(kind, file.file_id, name, file.mime_type, file.file_size),)
    return ()


def _ref(kind: MediaKind, file: str, name: str, mime: str | None, size: int | None) -> MediaRef:
    return MediaRef(kind, file, name, mime or "", size)


def _best(photos: list[PhotoSize]) -> PhotoSize:
    """The largest picture that can still be fetched."""
    ranked = sorted(photos, key=lambda one: one.width * one.height)
    return next(
        (one for one in reversed(ranked) if (one.file_size or 0) <= MOST_FETCHED), ranked[0]
    )


def _described(message: Message) -> str:
    if message.contact:
        name = " ".join(filter(None, (message.contact.first_name, message.contact.last_name)))
        if own_phone(message):
            return f"Мой номер телефона: {message.contact.phone_number}"
        return f"Контакт: {name}, {message.contact.phone_number}"
    if message.venue:
        venue = message.venue
        return f"Место: {venue.title}, {venue.address}"
    if message.location:
        spot = message.location
        place = f"{spot.latitude:.6f}, {spot.longitude:.6f}"
        link = f"https://yandex.ru/maps/?pt={spot.longitude:.6f},{spot.latitude:.6f}&z=16"
        return f"Моё местоположение: {place} ({link})"
    if message.sticker:
        return message.sticker.emoji or "Стикер"
    if message.dice:
        return message.dice.emoji
    if message.poll:
        options = "; ".join(option.text for option in message.poll.options)
        return f"Опрос: {message.poll.question} ({options})"
    if message.story:
        return "История из Telegram (её содержание боту не видно)"
    return ""
