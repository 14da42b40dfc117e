"""What the administrator has set on the pages instead of in files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, func
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base


class InstallationSetting(Base):
    """One value by its name; sealed, because passwords and keys of other systems are among them.

    It belongs to the installation, not to a tenant: there is one mail server and one bot.
    """

    __tablename__ = "installation_settings"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
