"""Messages out to JSONL or Parquet, and back in without loss."""

import gzip
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from otklik.datasets.errors import BadFile
from otklik.datasets.gzipped import BROKEN, data_suffix, open_bytes
from otklik.datasets.records import Message

BATCH_ROWS = 2048
_TEXT = pa.string()
_PLACE = pa.struct(
    {
        **dict.fromkeys(("region", "municipality", "settlement", "district"), _TEXT),
        **dict.fromkeys(("street", "street_key", "house", "asset"), _TEXT),
        **dict.fromkeys(("latitude", "longitude"), pa.float64()),
    }
)
# Times are ISO text: a Parquet timestamp would forget the zone that the source gave.
_SCHEMA = pa.schema(
    {
        **dict.fromkeys(("source", "external_id", "kind", "text"), _TEXT),
        **dict.fromkeys(("posted_at", "received_at", "author"), _TEXT),
        "place": _PLACE,
        "reply_to": _TEXT,
        "labels": pa.list_(pa.struct(dict.fromkeys(("axis", "name", "rubricator"), _TEXT))),
        "answers": pa.list_(
            pa.struct(dict.fromkeys(("text", "answered_at", "recipient", "stage"), _TEXT))
        ),
        "statuses": pa.list_(pa.struct(dict.fromkeys(("name", "at"), _TEXT))),
        "raw": pa.map_(_TEXT, _TEXT),
    }
)


def write_messages(messages: Iterable[Message], path: Path) -> int:
    """Write messages to `.jsonl` or `.parquet`; `.jsonl.gz` is packed.

    An older file of that name is replaced at once, when the new one is whole.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    BadFile
        Another suffix, or the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with ExitStack() as stack:
            stack.callback(part.unlink, missing_ok=True)
            if data_suffix(path) == ".jsonl":
                count = _write_jsonl(messages, part, packed=path.suffix.lower() == ".gz")
            elif path.suffix.lower() == ".parquet":
                count = _write_parquet(messages, part)
            else:
                raise _unknown(path)
            part.replace(path)
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror or error}.") from error
    return count


def read_exported(path: Path) -> Iterator[Message]:
    """Read what `write_messages` wrote.

    Raises
    ------
    BadFile
        Another suffix, not there, broken off, or a line that is no message; names the line.
    """
    if data_suffix(path) == ".jsonl":
        return _read(path, _json_lines(path))
    if path.suffix.lower() == ".parquet":
        return _read(path, _parquet_records(path))
    raise _unknown(path)


def _unknown(path: Path) -> BadFile:
    return BadFile(f"{path.name}: expected a name that ends in .jsonl, .jsonl.gz or .parquet.")


def _write_jsonl(messages: Iterable[Message], path: Path, *, packed: bool) -> int:
    adapter = TypeAdapter(Message)
    count = 0
    with ExitStack() as stack:
        file: IO[bytes] | gzip.GzipFile = stack.enter_context(path.open("wb"))
        if packed:
            # No name and no time inside: the same messages make the same bytes.
            file = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
        for message in messages:
            file.write(adapter.dump_json(message) + b"\n")
            count += 1
    return count


def _write_parquet(messages: Iterable[Message], path: Path) -> int:
    adapter = TypeAdapter(Message)
    count = 0
    stream = iter(messages)
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        while batch := [_record(adapter, message) for message in islice(stream, BATCH_ROWS)]:
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=_SCHEMA))
            count += len(batch)
    return count


def _record(adapter: TypeAdapter[Message], message: Message) -> dict[str, Any]:
    record: dict[str, Any] = adapter.dump_python(message, mode="json")
    return {**record, "raw": list(record["raw"].items())}


def _json_lines(path: Path) -> Iterator[bytes]:
    with open_bytes(path) as file:
        yield from file


def _parquet_records(path: Path) -> Iterator[dict[str, Any]]:
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    missing = [name for name in _SCHEMA.names if name not in names]
    if missing or not pa.types.is_map(file.schema_arrow.field("raw").type):
        raise BadFile(
            f"{path.name} is no export of otklik: it lacks {', '.join(missing) or 'a map in raw'}. "
            "Import other tables with a mapping."
        )
    for batch in file.iter_batches(batch_size=BATCH_ROWS):
        for record in batch.to_pylist():
            yield {**record, "raw": dict(record["raw"])}


def _read(path: Path, records: Iterable[bytes | dict[str, Any]]) -> Iterator[Message]:
    adapter = TypeAdapter(Message)
    read = 0
    try:
        for record in records:
            if isinstance(record, bytes):
                yield adapter.validate_json(record)
            else:
                yield adapter.validate_python(record)
            read += 1
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the line"
        raise BadFile(
            f"{path.name}, line {read + 1}: {where}: {first['msg']}. Expected a message as "
            "`otklik` writes it; import other tables with a mapping."
        ) from error
    except (*BROKEN, OSError, pa.ArrowException) as error:
        raise BadFile(f"{path.name} cannot be read after line {read}: {error}.") from error
