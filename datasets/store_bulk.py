"""Many rows at once: SQLAlchemy's SQL and types, without its work per row (a third of its time)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

T = TypeVar("T")


def chop(values: Iterable[T], size: int = 1000) -> Iterator[list[T]]:
    """Cut into lists that fit one statement; both databases take up to 32,000 values."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def among(
    connection: Connection, column: Column[Any], values: Sequence[object]
) -> ColumnElement[bool]:
    """Make the condition that a column has one of many values.

    PostgreSQL takes them as one array to join with: of a list as long as this it would try every
    member on every row.
    """
    if connection.dialect.name == "postgresql":
        array = bindparam(None, list(values), type_=postgresql.ARRAY(column.type))
        return column.in_(select(func.unnest(array)))
    return column.in_(values)


def insert_many(
    connection: Connection, statement: Insert, columns: Mapping[str, list[Any]]
) -> None:
    """Execute an insert for many rows, given by column, each value passed through its type.

    Raises
    ------
    ValueError
        The columns are not of one length.
    """
    if not any(columns.values()):
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    names = compiled.positiontup or list(columns)
    types = statement.table.c
    converted = [_convert(columns[name], types[name].type, connection.dialect) for name in names]
    rows = list(zip(*converted, strict=True))
    if compiled.positiontup:
        connection.exec_driver_sql(str(compiled), rows)
    else:
        connection.exec_driver_sql(
            str(compiled), [dict(zip(names, row, strict=True)) for row in rows]
        )


def _convert(values: list[Any], kind: TypeEngine[Any], dialect: Dialect) -> Iterable[Any]:
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    first = values[0]
    if all(value is first for value in values):  # half of the columns: source, None, now…
        return repeat(convert(first), len(values))
    return map(convert, values)


def upsert(
    connection: Connection, table: Table, keys: Sequence[str], changed: Sequence[str]
) -> Insert:
    """Make an insert that updates the `changed` columns of a row whose `keys` are there."""
    in_postgresql = connection.dialect.name == "postgresql"
    insert = postgresql.insert(table) if in_postgresql else sqlite.insert(table)
    return insert.on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in changed}
    )
