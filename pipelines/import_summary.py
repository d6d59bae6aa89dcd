"""What became of the rows of an import."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from otklik.datasets.errors import BadFile
from otklik.datasets.rejects import Reject
from otklik.datasets.store_intake import Saved


@dataclass(slots=True)
class Summary:
    """What became of the rows: read = stored + changed + unchanged + rejected.

    `duplicates` counts those of the stored whose text was stored before under another id;
    `reasons` counts rejected rows by reason; `rejects` is the file that keeps them; `broken` is
    the error that ended the file before its time.
    """

    read: int = 0
    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rejects: Path | None = None
    broken: BadFile | None = None

    def add(self, saved: Saved) -> None:
        """Count a batch that the store took."""
        self.read += saved.stored + saved.changed + saved.unchanged
        self.stored += saved.stored
        self.changed += saved.changed
        self.unchanged += saved.unchanged
        self.duplicates += saved.duplicates

    def reject(self, reject: Reject) -> None:
        """Count a row that cannot become a message."""
        self.read += 1
        self.rejected += 1
        self.reasons[reject.reason] += 1

    def counts(self) -> dict[str, int]:
        """The numbers that are kept with the import."""
        names = ("read", "stored", "changed", "unchanged", "rejected", "duplicates")
        return {name: getattr(self, name) for name in names}
