"""What the detector says about a message of an agent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from insurance_chat.conversations.contact_spotting.known import (
    helplines,
    public_domains,
)
from insurance_chat.conversations.contact_spotting.types import Spotted

KIND = "client_pull_away"


class Level(StrEnum):
    """What happens to the message."""

    OK = "ok"
    WARN = "warn"  # sent with contacts masked; the administrator is told
    BLOCK = "block"  # not sent; the administrator is told


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision about one message and why.

    Args:
        score: 0 to 100; 50 warns, 80 blocks.
        rules: ids of the rules that fired, in the order of weight.
        reasons: the same in Russian, for people.
        contacts: what would lead away; allowed ones are left out.
        normalised: the text as the detector read it.
        hint: the message holds a weak sign, which counts when it is repeated.
        grey: a second opinion may change the level.
    """

    level: Level
    score: int
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    contacts: tuple[Spotted, ...]
    normalised: str
    hint: bool = False
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """Contacts that anybody may name in this chat.

    Args:
        domains: with all their subdomains.
        values: phones `+79161234567` and e-mails, those of the client and of the service.
    """

    domains: frozenset[str]
    values: frozenset[str]

    @classmethod
    def make(cls, domains: Collection[str] = (), values: Collection[str] = ()) -> Allowed:
        """Helplines, insurers and payment pages, and what is added to them."""
        hosts = {domain.lower().removeprefix("www.") for domain in domains if domain}
        return cls(public_domains() | hosts, helplines() | {value.lower() for value in values})

    def plus(self, values: Collection[str]) -> Allowed:
        """The same and further phones and e-mails."""
        return Allowed(self.domains, self.values | {value.lower() for value in values})

    def covers(self, one: Spotted) -> bool:
        """Whether this contact may be named."""
        if one.value in self.values:
            return True
        if one.kind == "email":
            return self._is_known_host(one.value.rpartition("@")[2])
        if one.kind == "url":
            host = one.value.partition("/")[0].rpartition("@")[2]
            return host in self.domains or self._is_known_host(host.partition(":")[0])
        return False

    def _is_known_host(self, host: str) -> bool:
        parts = host.removeprefix("www.").split(".")
        return any(".".join(parts[at:]) in self.domains for at in range(len(parts)))
