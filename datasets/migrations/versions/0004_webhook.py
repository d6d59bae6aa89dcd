"""Reserved: filled by the change that needs it."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing yet."""
