"""How a played dialogue fails."""

from __future__ import annotations


class Failed(AssertionError):  # noqa: N818 - what a script says, not a mistake of ours
    """Something did not happen as the script or the simulated client wanted."""


def check(happened: object, message: str) -> None:
    """Fail unless something happened.

    Raises:
        Failed: with the message.
    """
    if not happened:
        raise Failed(message)
