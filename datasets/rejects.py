"""Rows that could not become messages, written so that a person can find and mend them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

MAX_VALUE_CHARS = 200
# A name or phone at the edge must be whole when it is masked; the edge is cut off afterwards.
_MASKED_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused.

    Parameters
    ----------
    file : str
        Name of the file, without folders.
    line : int
        Row in the file, from 1.
    reason : str
        What is wrong and what was expected; never holds the value.
    column : str or None
        Header of the offending column; None where the whole row is at fault.
    value : str
        What stands there, **unmasked**: kept out of `repr`, masked by `RejectLog`.
    """

    file: str
    line: int
    reason: str
    column: str | None = None
    value: str = field(default="", repr=False)


class RejectLog:
    """Writes `rejects.jsonl`, values masked and cut; a context manager.

    Folder and file are made when the first row is refused, and written anew.

    Parameters
    ----------
    folder : Path
        Where `rejects.jsonl` goes.
    mask : callable
        Text → text without personal data.
    """

    def __init__(self, folder: Path, mask: Callable[[str], str]) -> None:
        self.path = folder / "rejects.jsonl"
        self.count = 0
        self._mask = mask
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, reject: Reject) -> None:
        """Add one line: file, line, column, value, reason."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8")
        record = {
            "file": reject.file,
            "line": reject.line,
            "column": reject.column,
            "value": self._mask(reject.value[:_MASKED_CHARS])[:MAX_VALUE_CHARS],
            "reason": reject.reason,
        }
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self.count += 1
