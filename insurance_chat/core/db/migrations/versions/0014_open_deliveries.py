"""Parts of replies that are on their way are found without walking over all that were sent."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OPEN = sa.text("state in ('sending', 'failed', 'again')")


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_deliveries_open", "deliveries", ["connection_id"], postgresql_where=OPEN)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_deliveries_open", table_name="deliveries")
