"""The text that a client agrees to before giving personal data (152-ФЗ art. 9).

It is a message of its own, separate from any other text; a change of the text is a new version.
"""

from __future__ import annotations

from pathlib import Path

from insurance_chat.conversations.contacts import PROCESSING, ConsentText
from insurance_chat.core.yaml_files import read_yaml

_DATA = read_yaml(Path(__file__).parent / "consent.yml")
PROCESSING_CONSENT = ConsentText(PROCESSING, _DATA["version"], _DATA["text"].strip())
RECIPIENTS: str = _DATA["recipients"].strip()
