"""E-mails, links, names in networks and wallets in a normalised text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insurance_chat.conversations.contact_spotting.channels import CHANNEL
from insurance_chat.conversations.contact_spotting.types import Match

_ZONES = (
    "ru|com|net|org|me|su|online|info|pro|site|shop|store|link|ly|cc|club|biz|io|app|by|kz|ua|top|"
    "xyz|gg|to|tk|page|chat|bot|dev|moscow|insure|help|space|website|tech|life|live|group|example|"
    "email|im|tv|ws|eu|uz|am|ge|рф"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-zа-я]{2,20}(?![\w@])")
_URL = re.compile(
    rf"(?<![\w@.-])(?:https?://(?:[^\s@/]{{1,64}}@)?)?(?:[a-z0-9а-я_-]{{1,63}}\.){{1,5}}(?:{_ZONES})(?![a-zа-я0-9-])"
    r"(?::\d{1,5})?(?:/[^\s«»<>()\"']{0,300})?"
    r"|(?<!\w)https?://[^\s«»<>()\"']{3,300}"
)
_SPACED_PATH = re.compile(r"\s([a-z][a-z0-9_]{2,31})(?![\w.@])")
_NETWORKS = frozenset(["vk.com/", "t.me/", "ok.ru/", "wa.me/"])
_AT_NAME = re.compile(r"(?<![\w@.•])@[a-z][a-z0-9_.]{3,31}[a-z0-9_]")
_NAME = r"@?(?P<name>(?=[a-z0-9_.@]{0,31}[a-z])[a-z0-9][a-z0-9_.@]{3,31})(?![\w@])"
_LABELLED = re.compile(
    rf"(?<!\w)(?:ник\w{{0,4}}|логин|аккаунт|юзер(?:нейм)?|никнейм|nick|login|username)[^a-z0-9@\n]{{1,25}}{_NAME}"
)
_AFTER_CHANNEL = re.compile(rf"\s{{0,2}}[:=—-]?\s{{0,2}}(?:я|это|мой)?\s{{0,2}}{_NAME}")
_NO_NAMES = frozenset(
    ["whatsapp", "telegram", "viber", "instagram", "facebook", "skype", "discord", "insta"]
)
_WALLET = re.compile(
    r"(?<!\w)(?:ю\s?мани|юмоней|yoomoney|киви|qiwi|webmoney|вебмани)[^\d\n]{0,12}(?P<id>\d[\d\s]{2,24}\d)"
    r"|(?<!\w)(?P<eth>0x[0-9a-f]{40})(?!\w)|(?<!\w)(?P<btc>bc1[a-z0-9]{20,60})(?!\w)"
    r"|(?<!\w)(?P<tron>t[a-z0-9]{33})(?!\w)"
)


def emails(text: str) -> Iterator[Match]:
    """Addresses of mail."""
    for match in _EMAIL.finditer(text):
        yield Match("email", match[0].strip("."), match.start(), match.end())


def urls(text: str) -> Iterator[Match]:
    """Links and bare domains, without the scheme."""
    for match in _URL.finditer(text):
        found = match[0].rstrip(".,!?;:")
        end = match.start() + len(found)
        value = found.partition("//")[2] if "//" in found else found
        # «vk.com/polis ivan»: what was dictated has no signs between words.
        spaced = _SPACED_PATH.match(text, end)
        if spaced and any(value.startswith(network) for network in _NETWORKS):
            value, end = f"{value}_{spaced[1]}", spaced.end()
        yield Match("url", value, match.start(), end)


def usernames(text: str) -> Iterator[Match]:
    """Names after «@», after «ник» or after the name of a network."""
    for match in _AT_NAME.finditer(text):
        yield Match("username", match[0].rstrip("."), match.start(), match.end())
    for match in _LABELLED.finditer(text):
        yield Match("username", f"@{match['name']}", match.start("name"), match.end("name"))
    for channel in CHANNEL.finditer(text):
        after = _AFTER_CHANNEL.match(text, channel.end())
        if after is not None and after["name"] not in _NO_NAMES:
            yield Match("username", f"@{after['name']}", after.start("name"), after.end("name"))


def wallets(text: str) -> Iterator[Match]:
    """Electronic wallets."""
    for match in _WALLET.finditer(text):
        name = match.lastgroup or "id"
        value = "".join(match[name].split())
        yield Match("wallet", value, match.start(name), match.end(name))
