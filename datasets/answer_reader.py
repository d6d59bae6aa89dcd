"""Tables of official answers that come apart from their messages."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from otklik.datasets.errors import BadRow
from otklik.datasets.mapping import Mapping
from otklik.datasets.reader import MessageBuilder
from otklik.datasets.records import Message
from otklik.datasets.rejects import Reject
from otklik.datasets.tables import read_table

LINE = "line"
"""Key in `Message.raw` under which the line of the file stands; nothing else is kept of the row."""


def read_answers(path: Path, mapping: Mapping, *, timezone: str) -> Iterator[Message | Reject]:
    """Read answers as messages that carry nothing but them, unmasked.

    Parameters
    ----------
    mapping : Mapping
        With `answers_only`; its text is that of the answer, its id that of the message.

    Raises
    ------
    BadFile
        As `otklik.datasets.reader.read_messages`.
    """
    table = read_table(path, mapping.is_header)
    builder = MessageBuilder(mapping, table.header, timezone)
    builder.check(path)
    for row in table.rows:
        if row.problem is not None:
            yield Reject(path.name, row.line, row.problem)
            continue
        try:
            message = builder.build(row.values)
        except BadRow as bad:
            yield Reject(path.name, row.line, bad.reason, bad.column, bad.value or "")
        else:
            yield replace(message, labels=(), statuses=(), raw={LINE: str(row.line)})
