"""Table of the vectors that the weekly work clusters: one a message and encoder."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from otklik.datasets.schema import METADATA

VECTORS = Table(
    "vectors",
    METADATA,
    Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True),
    # hash of the encoder's weights: vectors of two encoders are never compared
    Column("encoder", Text, primary_key=True),
    # of the message: an edited text is encoded again
    Column("version", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # float16, little-endian
)
