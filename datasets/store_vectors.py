"""Vectors in the store: float16, by the encoder that made them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import and_, func, select

from otklik.datasets.schema import MESSAGES, PREDICTIONS
from otklik.datasets.schema_vectors import VECTORS
from otklik.datasets.store_bulk import among, chop, insert_many, upsert
from otklik.datasets.store_engine import Database

STORED = np.dtype("<f2")

Floats = npt.NDArray[np.float32]


def save_vectors(
    database: Database,
    encoder: str,
    ids: Sequence[int],
    versions: Sequence[int],
    vectors: Floats,
) -> None:
    """Keep vectors; those of an older version of a message are replaced.

    Parameters
    ----------
    encoder : str
        Hash of the encoder's weights.
    versions : sequence of int
        Version of each message that was encoded.
    vectors : float32 of shape (n, dim)
    """
    rows = np.ascontiguousarray(vectors, dtype=STORED)
    columns: dict[str, list[Any]] = {
        "message_id": list(ids),
        "encoder": [encoder] * len(ids),
        "version": list(versions),
        "vector": [row.tobytes() for row in rows],
    }
    with database.writing() as connection:
        replace = upsert(connection, VECTORS, ("message_id", "encoder"), ("version", "vector"))
        insert_many(connection, replace, columns)


def read_vectors(database: Database, encoder: str, ids: Sequence[int]) -> dict[int, Floats]:
    """Read the vectors of current versions: message id → float32 of shape (dim,)."""
    current = and_(MESSAGES.c.id == VECTORS.c.message_id, MESSAGES.c.version == VECTORS.c.version)
    query = select(VECTORS.c.message_id, VECTORS.c.vector).join(MESSAGES, current)
    found: dict[int, Floats] = {}
    with database.reading() as connection:
        for chunk in chop(ids):
            chosen = query.where(
                VECTORS.c.encoder == encoder, among(connection, VECTORS.c.message_id, chunk)
            )
            for number, vector in connection.execute(chosen):
                found[number] = np.frombuffer(vector, STORED).astype(np.float32)
    return found


def latest_encoder(database: Database) -> str | None:
    """Encoder of the vector of the latest message that has one; None without vectors."""
    query = select(VECTORS.c.encoder).order_by(VECTORS.c.message_id.desc(), VECTORS.c.encoder)
    with database.reading() as connection:
        found: str | None = connection.scalar(query.limit(1))
        return found


def unread(
    database: Database, encoder: str, model_version: str, batch_size: int
) -> Iterator[list[tuple[int, int, str]]]:
    """Yield batches of messages that lack a vector or this model's answer of their current text.

    Each is id, version, text. What is answered meanwhile is not met again, so a walk that
    broke off is gone on with by walking again.
    """
    last = 0
    # A prediction made before the current version was stored is one of a former text.
    answered = select(PREDICTIONS.c.message_id).where(
        PREDICTIONS.c.model_version == model_version,
        PREDICTIONS.c.message_id == MESSAGES.c.id,
        PREDICTIONS.c.made_at >= MESSAGES.c.stored_at,
    )
    encoded = select(VECTORS.c.message_id).where(
        VECTORS.c.encoder == encoder,
        VECTORS.c.message_id == MESSAGES.c.id,
        VECTORS.c.version == MESSAGES.c.version,
    )
    columns = (MESSAGES.c.id, MESSAGES.c.version, MESSAGES.c.text)
    query = select(*columns).where(~(answered.exists() & encoded.exists()))
    while True:
        with database.reading() as connection:
            chosen = query.where(MESSAGES.c.id > last).order_by(MESSAGES.c.id).limit(batch_size)
            batch = [(row.id, row.version, row.text) for row in connection.execute(chosen)]
        if not batch:
            return
        yield batch
        last = batch[-1][0]


def count_unread(database: Database, encoder: str) -> int:
    """How many messages lack a vector, for a progress bar."""
    with database.reading() as connection:
        total = connection.scalar(select(func.count()).select_from(MESSAGES)) or 0
        current = and_(
            MESSAGES.c.id == VECTORS.c.message_id, MESSAGES.c.version == VECTORS.c.version
        )
        done = connection.scalar(
            select(func.count())
            .select_from(VECTORS)
            .join(MESSAGES, current)
            .where(VECTORS.c.encoder == encoder)
        )
    return int(total) - int(done or 0)
