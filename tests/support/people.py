"""Randomly generated people and cars: `insurance-chat eval` uses it, too."""

from __future__ import annotations

from insurance_chat.main.evaluation.people import Customer as Customer
from insurance_chat.main.evaluation.people import customer as customer
