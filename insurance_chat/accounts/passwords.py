"""Passwords: the policy, Argon2 hashes off the event loop, readable random ones."""

from __future__ import annotations

import asyncio
import secrets
from functools import lru_cache

from pwdlib import PasswordHash

from insurance_chat.core.errors import invalid

SHORTEST = 10
LONGEST = 200
_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def check_password(password: str, login: str = "") -> None:
    """Refuse a password that is too easy.

    Raises:
        ServiceError: `password_weak`.
    """
    if len(password) < SHORTEST:
        raise invalid("password_weak", f"Пароль должен быть не короче {SHORTEST} символов.")
    if len(password) > LONGEST:
        raise invalid("password_weak", f"Пароль должен быть не длиннее {LONGEST} символов.")
    if len(set(password)) < 4 or (login and password.casefold() == login.casefold()):
        raise invalid("password_weak", "Пароль слишком простой. Придумайте другой.")


async def hash_password(password: str) -> str:
    """What the database keeps of a password (Argon2id)."""
    return await asyncio.to_thread(_hasher().hash, password)


async def password_fits(password: str, kept: str | None) -> bool:
    """Compare; without a kept hash it takes the same time, so nobody learns which logins exist."""
    if len(password) > LONGEST:
        return False
    fits = await asyncio.to_thread(_compare, password, kept)
    return fits and kept is not None


def _compare(password: str, kept: str | None) -> bool:
    return _hasher().verify(password, kept or _nobody())


def readable_password() -> str:
    """A random password that can be dictated: `moka-ruvi-tesa-bido-47`, about 55 bits."""
    words = ["".join(_syllable() + _syllable()) for _ in range(4)]
    return "-".join([*words, str(secrets.randbelow(90) + 10)])


def _syllable() -> str:
    return secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS)
