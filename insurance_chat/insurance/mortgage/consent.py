"""The consent for mortgage insurance, health excepted (152-ФЗ art. 9); the one for health is in `health`."""

from __future__ import annotations

from pathlib import Path

import yaml

from insurance_chat.conversations.contacts import ConsentText

_DATA = yaml.safe_load((Path(__file__).parent / "data" / "consent.yml").read_text("utf-8"))
MORTGAGE_CONSENT = ConsentText("mortgage", _DATA["version"], _DATA["text"].strip())
