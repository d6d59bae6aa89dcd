"""A whole file of Label Studio: written from proposals, read into the store."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadFile, BadRow
from otklik.datasets.labelling import Labelling
from otklik.datasets.records import Label
from otklik.datasets.rejects import Reject
from otklik.datasets.rubricator import Rubricator
from otklik.datasets.store import Store
from otklik.models.classifier import rubricator_head
from otklik.training.annotations import message_name, read_task
from otklik.training.labelstudio import make_task
from otklik.training.queue import Proposal


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: tasks read, labels found and appended, tasks rejected."""

    tasks: int
    labels: int
    appended: int
    rejected: int


def write_tasks(proposals: Iterable[Proposal], rubricator: Rubricator, path: Path) -> int:
    """Write proposals as tasks with predictions; returns how many."""
    tasks = [make_task(item.judged, rubricator, reason=item.reason) for item in proposals]
    text = json.dumps(tasks, ensure_ascii=False, indent=1)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror}.") from error
    return len(tasks)


def import_labels(
    store: Store, path: Path, reject: Callable[[Reject], None], mask: Callable[[str], str]
) -> Imported:
    """Append the labels of an export («JSON» in Label Studio) to the store's history.

    A second import appends nothing. A task that cannot be read is rejected whole, under its
    number in the file; the others go on.

    Parameters
    ----------
    reject : callable
        Takes each rejected task: its number in the file, the field, what is wrong.
    mask : callable
        Text → text without personal data, for the reasons that annotators wrote.

    Raises
    ------
    BadFile
        Not JSON, or no list of tasks.
    """
    tasks = _read(path)
    known: dict[tuple[str, str], tuple[int, str]] = {}
    for name in filter(None, map(message_name, tasks)):
        if name not in known and (stored := store.find(*name)) is not None:
            known[name] = stored.id, stored.message.text
    labels: list[Label] = []
    rejected = 0
    now = datetime.now(UTC)
    for number, task in enumerate(tasks, 1):
        try:
            labels += read_task(task, known, now=now)
        except BadRow as error:
            rejected += 1
            reject(Reject(path.name, number, error.reason, error.column, error.value or ""))
    labelling = Labelling(store.database)
    masked = (replace(label, reason=mask(label.reason)) for label in labels)
    appended = labelling.correct([_after_model(store, label) for label in masked])
    return Imported(len(tasks), len(labels), appended, rejected)


def _after_model(store: Store, label: Label) -> Label:
    """Where nobody has labelled yet, the old label is what the model said last."""
    said = store.predictions(label.message_id)
    if not said or said[-1].made_at > label.labelled_at:
        return label
    heads: Mapping[str, tuple[tuple[str, float], ...]] = said[-1].heads
    head = rubricator_head(label.rubricator) if label.rubricator else label.axis
    ranked = heads.get(f"{head}_group" if label.axis == "group" else head, ())
    return replace(label, old=ranked[0][0]) if ranked else label


def _read(path: Path) -> list[Any]:
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise BadFile(f"{path} is not there.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadFile(f"{path} is not JSON: {error}. Export as «JSON» in Label Studio.") from error
    if not isinstance(tasks, list):
        raise BadFile(f"{path} holds no list of tasks. Export as «JSON» in Label Studio.")
    return tasks
