"""What a message looks like for Instagram: quick replies and files by address.

Source: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/
messaging-api and docs/messenger-platform/instagram/features/quick-replies.
"""

from __future__ import annotations

from typing import Any

from insurance_chat.channels.meta.markup import for_instagram, utf8_pieces
from insurance_chat.channels.ports import FilePart, TextPart

Json = dict[str, Any]

TEXT_BYTES = 1000
TEXT_LENGTH = (
    480  # Cyrillic letters take two bytes each, and a little room for signs that take more
)
REPLIES, REPLY_LENGTH = 13, 20

#: What Instagram shows, by type, with the largest size in bytes.
_SHOWN = {
    "image/jpeg": ("image", 8),
    "image/png": ("image", 8),
    "image/gif": ("image", 8),
    "audio/mp4": ("audio", 25),
    "audio/aac": ("audio", 25),
    "audio/wav": ("audio", 25),
    "video/mp4": ("video", 25),
    "video/webm": ("video", 25),
    "application/pdf": ("file", 25),
}
_MEGABYTE = 1024 * 1024


def text_messages(part: TextPart) -> list[Json]:
    """Words in pieces that Instagram takes; quick replies stand under the last one."""
    text = for_instagram(part.text)
    lines = [text, *(f"{link.title}: {link.url}" for link in part.links)]
    titles = [button.title for button in part.buttons]
    fit = len(titles) <= REPLIES and len(set(titles)) == len(titles)
    fit = fit and all(0 < len(title) <= REPLY_LENGTH for title in titles)
    if titles and not fit:
        lines += ["", *(f"{place} — {title}" for place, title in enumerate(titles, 1))]
    messages: list[Json] = [
        {"text": piece} for piece in utf8_pieces("\n".join(lines).strip(), TEXT_BYTES)
    ]
    if titles and fit and messages:
        messages[-1]["quick_replies"] = [
            {"content_type": "text", "title": button.title, "payload": button.payload}
            for button in part.buttons
        ]
    return messages


def file_messages(part: FilePart) -> list[Json]:
    """A file by its address; one that Instagram cannot show is given as a link in words.

    Returns:
        Messages in order; none when there is no public address.
    """
    if not part.url:
        return []
    kind, megabytes = _SHOWN.get(part.mime.partition(";")[0], ("", 0))
    if not kind or len(part.data) > megabytes * _MEGABYTE:
        return text_messages(TextPart(f"{part.caption}\n{part.name}: {part.url}".strip()))
    shown: Json = {"attachment": {"type": kind, "payload": {"url": part.url}}}
    return [*(text_messages(TextPart(part.caption)) if part.caption else []), shown]
