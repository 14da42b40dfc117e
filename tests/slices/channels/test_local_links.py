"""A link that needs no host on the site gets one in a messenger."""

from __future__ import annotations

from insurance_chat.channels.ports import Capabilities, TextPart
from insurance_chat.channels.rendering import render


class OurLinks:
    """Links of an installation with a public address."""

    reachable = True

    def absolute(self, url: str) -> str:
        """With our host."""
        return f"https://chat.example.ru{url}" if url.startswith("/") else url

    def file(self, key: str, name: str) -> str:
        """A stored file."""
        return self.absolute(f"/files/{key}/{name}")

    def document(self, _tenant_id: int, document_id: str) -> str:
        """A public document."""
        return self.absolute(f"/documents/{document_id}")


def shown(text: str) -> str:
    part = render(1, {"text": text}, "ai", Capabilities(), OurLinks(), {}, 1).parts[0]
    assert isinstance(part, TextPart)
    return part.text


def test_the_consent_can_be_opened_from_a_messenger() -> None:
    assert shown("Прочтите [согласие](/legal/consent).") == (
        "Прочтите [согласие](https://chat.example.ru/legal/consent)."
    )


def test_addresses_elsewhere_and_slashes_in_words_stay() -> None:
    text = "[Банк](https://cbr.ru/a) и/или (/legal/consent)"
    assert shown(text) == text
