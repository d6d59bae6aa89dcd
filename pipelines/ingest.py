"""The import: read, mask, resolve, store; if it breaks off, a second run completes it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from otklik.datasets.errors import BadFile
from otklik.datasets.export import read_exported
from otklik.datasets.mapping import Mapping, load_mapping
from otklik.datasets.reader import read_messages
from otklik.datasets.records import Message
from otklik.datasets.rejects import Reject, RejectLog
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.settings import Settings
from otklik.datasets.store import Store, open_store
from otklik.datasets.store_intake import Saved
from otklik.pipelines.dry_run import Comparison
from otklik.pipelines.prepare import Preparer
from otklik.pipelines.workers import prepare_batches

OWN = "otklik"
"""Preset of files that `otklik export` wrote."""

Advance = Callable[[int], None]


@dataclass(slots=True)
class Summary:
    """What became of the rows: read = stored + changed + unchanged + rejected.

    `duplicates` counts those of the stored whose text was stored before under another id;
    `reasons` counts rejected rows by reason; `rejects` is the file that keeps them.
    """

    read: int = 0
    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rejects: Path | None = None

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


def ingest(
    path: Path,
    preset: str,
    settings: Settings,
    *,
    ner: bool = True,
    dry_run: bool = False,
    advance: Advance = lambda _rows: None,
) -> Summary:
    """Bring a file into the store.

    Every batch is one transaction. A row that was stored before changes nothing, so an import
    that was broken off (killed, full disk) is completed by running it again.

    Parameters
    ----------
    path : Path
        An export; see `otklik.datasets.tables.read_table` for the kinds.
    preset : str
        Name of a shipped mapping (`im`, `pos`, …), path of one, or `otklik` for a file that
        `otklik export` wrote.
    ner : bool
        Let the neural tagger vote on names.
    dry_run : bool
        Read, mask and compare, but write nothing.
    advance : callable
        Told how many rows were just done.

    Raises
    ------
    BadFile, BadMapping, StoreError
        A file that breaks off raises after what was read is stored; the error says how much.
    """
    mapping = None if preset == OWN else load_mapping(preset)
    if not path.is_file():
        raise BadFile(f"{path}: no such file.")
    preparer = Preparer(settings, ner=ner)
    summary = Summary()
    with ExitStack() as stack:
        if dry_run:
            save = Comparison(settings).compare
            log = None
        else:
            store = stack.enter_context(open_store(settings))
            _remember_rubricators(store, mapping)
            run_id = store.begin_import(path.name, preset, _file_hash(path))
            save = partial(store.save, run_id=run_id)
            log = stack.enter_context(RejectLog(_log_folder(settings, run_id), preparer.mask_value))
        reading = _Reading(path, mapping, settings, summary, log, advance)
        for batch in prepare_batches(reading.batches(), preparer, settings, ner=ner):
            summary.add(save(batch))
            advance(len(batch))
        if log is not None:
            store.end_import(run_id, summary.counts())
            summary.rejects = log.path if summary.rejected else None
    if reading.broken is not None:
        counts = ", ".join(f"{name} {number}" for name, number in summary.counts().items())
        raise BadFile(f"{reading.broken} Done so far: {counts}.") from reading.broken
    return summary


class _Reading:
    """The file as batches of messages; refused rows are counted and logged on the way."""

    def __init__(
        self,
        path: Path,
        mapping: Mapping | None,
        settings: Settings,
        summary: Summary,
        log: RejectLog | None,
        advance: Advance,
    ) -> None:
        self._rows: Iterator[Message | Reject] = (
            read_messages(path, mapping, timezone=settings.timezone)
            if mapping
            else read_exported(path)
        )
        self._size = settings.batch_rows
        self._summary = summary
        self._log = log
        self._advance = advance
        self.broken: BadFile | None = None

    def batches(self) -> Iterator[list[Message]]:
        """Yield batches; where the file breaks off, what was read is still yielded."""
        messages = self._messages()
        while batch := list(islice(messages, self._size)):
            yield batch

    def _messages(self) -> Iterator[Message]:
        try:
            for item in self._rows:
                if isinstance(item, Reject):
                    self._refuse(item)
                else:
                    yield item
        except BadFile as error:
            self.broken = error

    def _refuse(self, reject: Reject) -> None:
        self._summary.reject(reject)
        if self._log is not None:
            self._log.write(reject)
        self._advance(1)


def _remember_rubricators(store: Store, mapping: Mapping | None) -> None:
    """Labels stay readable in the database when the rubricator's file is gone."""
    for version in {label.rubricator for label in (mapping.labels if mapping else ())}:
        if version is not None:
            topics = load_rubricator(version).topics
            tree = {topic.code: [topic.group.name, topic.name] for topic in topics}
            store.remember_rubricator(version, tree)


def _log_folder(settings: Settings, run_id: int) -> Path:
    return settings.var / "imports" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{run_id}"


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
