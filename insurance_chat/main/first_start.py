"""The file with addresses and log-ins of the first start, and the banner that shows them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "first-start.json"

_ADDRESSES = {
    "demo": ("/demo", "Чат для клиента"),
    "workspace": ("/workspace", "Место агента"),
    "admin_panel": ("/admin", "Управление"),
    "api_docs": ("/docs", "Описание API"),
    "mail": ("/sandbox/mail", "Письма (учебная почта)"),
}


@dataclass(frozen=True)
class Account:
    """A log-in created on the first start; its password is kept nowhere else in clear."""

    username: str
    password: str


@dataclass(frozen=True)
class FirstStart:
    """Content of `first-start.json`.

    Args:
        url: public address of the service without a trailing slash.
        admin: the administrator's log-in, None when it was created elsewhere.
        agent: the demo agent's log-in, None when it was created elsewhere.
    """

    url: str
    admin: Account | None = None
    agent: Account | None = None

    def addresses(self) -> dict[str, str]:
        """Every page a newcomer needs, by its stable name."""
        return {name: f"{self.url}{path}" for name, (path, _title) in _ADDRESSES.items()}


def read_first_start(data_dir: Path) -> FirstStart | None:
    """Read the file of an earlier start; None when there is none or it is damaged."""
    try:
        kept = json.loads((data_dir / FILE).read_text("utf-8"))
        return FirstStart(kept["url"], _account(kept.get("admin")), _account(kept.get("agent")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_first_start(data_dir: Path, now: FirstStart) -> FirstStart:
    """Write the file: log-ins of earlier starts are kept, addresses follow the settings.

    Args:
        data_dir: the data folder.
        now: what this start knows; its log-ins are None unless they were created just now.

    Returns:
        What the file says after that.

    Raises:
        OSError: the file cannot be written.
    """
    before = read_first_start(data_dir) or FirstStart(now.url)
    after = FirstStart(now.url, now.admin or before.admin, now.agent or before.agent)
    content = {
        "url": after.url,
        **after.addresses(),
        "admin": asdict(after.admin) if after.admin else None,
        "agent": asdict(after.agent) if after.agent else None,
    }
    draft = data_dir / f"{FILE}.draft"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
    draft.replace(data_dir / FILE)
    return after


def banner(state: FirstStart, data_dir: Path) -> str:
    """The text that a person sees when the service is ready, in Russian."""
    lines = ["", "Сервис работает.", ""]
    addresses = state.addresses()
    for name, (_path, title) in _ADDRESSES.items():
        lines.append(f"  {title + ':':<24}{addresses[name]}")
    lines.append("")
    if state.admin:
        lines.append(
            f"  Администратор: {state.admin.username}  первый пароль: {state.admin.password}"
        )
    if state.agent:
        lines.append(
            f"  Агент:         {state.agent.username}  первый пароль: {state.agent.password}"
        )
    if state.admin or state.agent:
        lines.append(f"  Это же записано в {(data_dir / FILE).resolve()}")
    lines += ["", "Остановить: Ctrl+C", ""]
    return "\n".join(lines)


def _account(kept: object) -> Account | None:
    if not isinstance(kept, dict):
        return None
    return Account(str(kept["username"]), str(kept["password"]))
