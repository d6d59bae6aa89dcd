"""The import: read, mask, resolve, store; if it breaks off, a second run completes it."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from otklik.datasets.answer_reader import read_answers
from otklik.datasets.errors import BadFile, BadSettings
from otklik.datasets.export import read_exported
from otklik.datasets.mapping import Mapping, load_mapping
from otklik.datasets.reader import read_messages
from otklik.datasets.records import Message, content_hash
from otklik.datasets.rejects import Reject, RejectLog
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.settings import Settings
from otklik.datasets.store import Store, open_store
from otklik.datasets.store_bulk import chop
from otklik.datasets.store_intake import Intake, Saved
from otklik.datasets.told_answers import APART
from otklik.pipelines.dry_run import Comparison, existing_store
from otklik.pipelines.import_summary import Summary
from otklik.pipelines.ingest_answers import save_answers
from otklik.pipelines.prepare import Preparer
from otklik.pipelines.workers import prepare_batches

OWN = "otklik"
"""Preset of files that `otklik export` wrote."""

Advance = Callable[[int], None]


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
    _check_file(path)
    apart = mapping is not None and mapping.answers_only
    if apart and dry_run:
        raise BadSettings("A table of answers cannot be tried with --dry-run; import it as it is.")
    rows = _read(path, mapping, settings)
    preparer = Preparer(settings, ner=ner)
    summary = Summary()
    with ExitStack() as stack:
        if dry_run:
            save = Comparison(stack.enter_context(existing_store(settings))).compare
            log = None
        else:
            store = stack.enter_context(open_store(settings))
            _remember_rubricators(store, mapping)
            run_id = store.begin_import(
                preparer.mask_file_name(path.name),
                APART if apart else preparer.mask_file_name(Path(preset).name),
                preparer.keyed(_file_hash(path)),
                salt_proof=preparer.keyed("salt"),
            )
            log = stack.enter_context(
                RejectLog(
                    _log_folder(settings, run_id),
                    mask=preparer.mask_value,
                    mask_file=preparer.mask_file_name,
                )
            )
            if mapping is not None and apart:
                id_column = mapping.columns.id[0]
                save = partial(save_answers, store, run_id, path, id_column, summary, log)
            else:
                save = partial(_save, store, run_id, own=mapping is None)
        batches = chop(_accepted(rows, summary, log, advance), settings.batch_rows)
        for batch in prepare_batches(batches, preparer, settings, ner=ner):
            summary.add(save(batch))
            advance(len(batch))
        if log is not None:
            store.end_import(run_id, summary.counts())
            summary.rejects = log.path if summary.rejected else None
    if summary.broken is not None:
        counts = ", ".join(f"{name} {number}" for name, number in summary.counts().items())
        raise BadFile(f"{summary.broken} Done so far: {counts}.") from summary.broken
    return summary


def _read(path: Path, mapping: Mapping | None, settings: Settings) -> Iterator[Message | Reject]:
    if mapping is None:
        return read_exported(path)
    read = read_answers if mapping.answers_only else read_messages
    return read(path, mapping, timezone=settings.timezone)


def _accepted(
    rows: Iterator[Message | Reject], summary: Summary, log: RejectLog | None, advance: Advance
) -> Iterator[Message]:
    """Messages of a file up to its end, or to where it breaks off; refused rows are put aside."""
    try:
        for row in rows:
            if isinstance(row, Message):
                yield row
                continue
            summary.reject(row)
            if log is not None:
                log.write(row)
            advance(1)
    except BadFile as error:
        summary.broken = error


def _save(store: Store, run_id: int, batch: Sequence[Intake], *, own: bool) -> Saved:
    return store.save(_unchanged_as_stored(store, batch) if own else batch, run_id=run_id)


def _unchanged_as_stored(store: Store, batch: Sequence[Intake]) -> list[Intake]:
    """An export holds masked rows: one that equals the stored message is no change of it."""
    known = store.source_hashes(intake.key for intake in batch)
    kept = []
    for intake in batch:
        stored = store.find(*intake.key) if intake.key in known else None
        if stored and content_hash(stored.message) == content_hash(intake.message):
            intake = replace(intake, source_hash=known[intake.key])
        kept.append(intake)
    return kept


def _remember_rubricators(store: Store, mapping: Mapping | None) -> None:
    """Labels stay readable in the database when the rubricator's file is gone."""
    for version in {label.rubricator for label in (mapping.labels if mapping else ())}:
        if version is not None:
            topics = load_rubricator(version).topics
            tree = {topic.code: [topic.group.name, topic.name] for topic in topics}
            store.remember_rubricator(version, tree)


def _check_file(path: Path) -> None:
    """Refuse a folder or a pipe: a file is opened several times."""
    if not path.is_file():
        kind = "not a file, but a folder or a pipe" if path.exists() else "no such file"
        raise BadFile(f"{path}: {kind}. Name a file.")


def _log_folder(settings: Settings, run_id: int) -> Path:
    return settings.var / "imports" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{run_id}"


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
