"""The sandbox on a real loopback port: `insurance-chat eval` uses it, too."""

from __future__ import annotations

from insurance_chat.main.evaluation.served import served as served
