"""Stored vectors in the order of their messages: what is held in memory follows them by this."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from sqlalchemy import and_, func, or_, select

from otklik.datasets.schema import MESSAGES
from otklik.datasets.schema_vectors import VECTORS
from otklik.datasets.store_bulk import among, chop
from otklik.datasets.store_engine import Database
from otklik.datasets.store_read import Stored
from otklik.datasets.store_vectors import STORED

_CURRENT = and_(MESSAGES.c.id == VECTORS.c.message_id, MESSAGES.c.version == VECTORS.c.version)
_PLACE = ("district", "street_key", "house", "asset")


@dataclass(frozen=True, slots=True)
class VectorRows:
    """Vectors of current versions, in the order of ids.

    Parameters
    ----------
    ids, versions : list of int
    vectors : float16 of shape (n, dim)
    """

    ids: list[int]
    versions: list[int]
    vectors: npt.NDArray[np.float16]


def newest_id(database: Database) -> int:
    """Id of the newest message; 0 in an empty store."""
    with database.reading() as connection:
        return int(connection.scalar(select(func.max(MESSAGES.c.id))) or 0)


def vectors_after(database: Database, encoder: str, after: int, most: int) -> VectorRows:
    """Read the vectors of the first messages whose ids are above `after`."""
    query = (
        select(VECTORS.c.message_id, VECTORS.c.version, VECTORS.c.vector)
        .join(MESSAGES, _CURRENT)
        .where(VECTORS.c.encoder == encoder, VECTORS.c.message_id > after)
        .order_by(VECTORS.c.message_id)
        .limit(most)
    )
    with database.reading() as connection:
        return _rows(connection.execute(query).all())


def vectors_of(database: Database, encoder: str, ids: Sequence[int]) -> VectorRows:
    """Read the vectors of these messages, of those that have one."""
    query = select(VECTORS.c.message_id, VECTORS.c.version, VECTORS.c.vector).join(
        MESSAGES, _CURRENT
    )
    found: list[tuple[int, int, bytes]] = []
    with database.reading() as connection:
        for chunk in chop(sorted(ids)):
            chosen = query.where(
                VECTORS.c.encoder == encoder, among(connection, VECTORS.c.message_id, chunk)
            )
            found += [tuple(row) for row in connection.execute(chosen)]
    return _rows(sorted(found))


def versions_after(
    database: Database, encoder: str, after: int, most: int
) -> list[tuple[int, int]]:
    """Read id and version of the first vectors whose messages' ids are above `after`."""
    query = (
        select(VECTORS.c.message_id, VECTORS.c.version)
        .where(VECTORS.c.encoder == encoder, VECTORS.c.message_id > after)
        .order_by(VECTORS.c.message_id)
        .limit(most)
    )
    with database.reading() as connection:
        return [(row.message_id, row.version) for row in connection.execute(query)]


def beside(database: Database, stored: Stored, within: timedelta, most: int) -> list[int]:
    """Find messages that may tell the same as this one: near in time, in no other place.

    A message that names a street or an object is compared with those that name the same one; one
    that names neither, with those that name neither. No field that both have may differ.
    """
    said = stored.message
    at = said.posted_at or said.received_at or stored.stored_at
    columns, place = MESSAGES.c, stored.place
    gates = [
        columns.id != stored.id,
        columns.dated_at >= at - within,
        columns.dated_at <= at + within,
    ]
    for name in _PLACE:
        if (own := getattr(place, name)) is not None:
            gates.append(or_(columns[name].is_(None), columns[name] == own))
    named = [name for name in ("street_key", "asset") if getattr(place, name) is not None]
    if named:
        gates.append(or_(*(columns[name] == getattr(place, name) for name in named)))
    else:
        gates += [columns.street_key.is_(None), columns.asset.is_(None)]
    query = select(columns.id).where(*gates).order_by(columns.dated_at.desc(), columns.id.desc())
    with database.reading() as connection:
        return list(connection.scalars(query.limit(most)))


def _rows(found: Sequence[Sequence[object]]) -> VectorRows:
    if not found:
        return VectorRows([], [], np.zeros((0, 0), dtype=np.float16))
    ids, versions, vectors = zip(*found, strict=True)
    joined = np.frombuffer(b"".join(vectors), STORED).reshape(len(ids), -1)
    return VectorRows(list(ids), list(versions), joined)
