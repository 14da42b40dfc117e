"""The whole service in one process against the sandbox: `insurance-chat eval` uses it, too."""

from __future__ import annotations

from insurance_chat.main.evaluation.opening import open_world as open_world
from insurance_chat.main.evaluation.quick import QuickServices as QuickServices
from insurance_chat.main.evaluation.world import Reply as Reply
from insurance_chat.main.evaluation.world import Talk as Talk
from insurance_chat.main.evaluation.world import World as World
