"""A scripted client that buys a policy through the public API: `insurance-chat eval` uses it, too."""

from __future__ import annotations

from insurance_chat.main.evaluation.simulator import Client as Client
from insurance_chat.main.evaluation.simulator import Journal as Journal
