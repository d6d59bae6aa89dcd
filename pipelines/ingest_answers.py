"""Official answers from a table of their own, joined to the messages that are stored."""

from collections.abc import Sequence
from pathlib import Path

from otklik.datasets.answer_reader import LINE
from otklik.datasets.rejects import Reject, RejectLog
from otklik.datasets.store import Store
from otklik.datasets.store_intake import Intake, Saved
from otklik.datasets.told_bulk import tell_answers
from otklik.pipelines.import_summary import Summary

NOBODY = "no message with this id is stored: import the messages first, then this file again"


def save_answers(
    store: Store,
    run_id: int,
    path: Path,
    id_column: str,
    summary: Summary,
    log: RejectLog,
    batch: Sequence[Intake],
) -> Saved:
    """Store a batch of answers; those without a message are refused and kept in the log."""
    told = [(one.key, answer) for one in batch for answer in one.message.answers]
    rows = [one for one in batch for _ in one.message.answers]
    outcome = tell_answers(store.database, told, run_id)
    for one, new in zip(rows, outcome, strict=True):
        if new is None:
            line = int(one.message.raw[LINE])
            reject = Reject(path.name, line, NOBODY, id_column, one.message.external_id)
            summary.reject(reject)
            log.write(reject)
    return Saved(outcome.count(True), 0, outcome.count(False), 0)
