"""Rows that could not become messages, written so that a person can find and mend them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from otklik.datasets.personal_columns import placeholder_of

MAX_VALUE_CHARS = 200
# A name or phone at the edge must be whole when it is masked; the edge is cut off afterwards.
_MASKED_CHARS = 2000
_EDGE_CHARS = 100


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
    """Writes `rejects.jsonl`, masked, values cut; a context manager.

    Folder and file are made when the first row is refused, and written anew.

    Parameters
    ----------
    folder : Path
        Where `rejects.jsonl` goes.
    mask : callable
        Text → text without personal data.
    mask_file : callable or None
        The same for names of files; None leaves them as they are.
    """

    def __init__(
        self,
        folder: Path,
        mask: Callable[[str], str],
        mask_file: Callable[[str], str] | None = None,
    ) -> None:
        self.path = folder / "rejects.jsonl"
        self.count = 0
        self._mask = mask
        # One file, a few headers: the same in every row.
        self._header = lru_cache(mask)
        self._name = lru_cache(mask_file or str)
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
            "file": self._name(reject.file),
            "line": reject.line,
            "column": None if reject.column is None else self._header(reject.column),
            "value": self._value(reject),
            "reason": reject.reason,
        }
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self.count += 1

    def _value(self, reject: Reject) -> str:
        if reject.value and (hidden := placeholder_of(reject.column or "")):
            return hidden
        masked = self._mask(reject.value[:_MASKED_CHARS])
        if len(reject.value) > _MASKED_CHARS:
            masked = masked[:-_EDGE_CHARS]
        return masked[:MAX_VALUE_CHARS]
