"""The text that a client agrees to before giving personal data (152-ФЗ art. 9).

It is a message of its own, separate from any other text; a change of the text is a new version.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from insurance_chat.conversations.contacts import PROCESSING, ConsentText

_DATA = yaml.safe_load((Path(__file__).parent / "consent.yml").read_text(encoding="utf-8"))
PROCESSING_CONSENT = ConsentText(PROCESSING, _DATA["version"], _DATA["text"].strip())
RECIPIENTS: str = _DATA["recipients"].strip()
