"""`otklik label`: what to label next, and the way to Label Studio and back."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, print_json, print_table

if TYPE_CHECKING:
    from otklik.datasets.rubricator import Rubricator
    from otklik.datasets.store import Store
    from otklik.training.queue import Proposal

SHOWN_CHARS = 80
REJECTS = "label_rejects"

app = typer.Typer(no_args_is_help=True, help="Labels: what is worth one, Label Studio, history.")

Limit = Annotated[int, typer.Option(min=1, help="Most messages to propose.")]
Quota = Annotated[int, typer.Option(min=0, help="Labels that every topic should have.")]
Version = Annotated[str, typer.Option("--rubricator", help="Version that labels speak.")]


@app.command(epilog="Example: otklik label queue --limit 50 --quota 5")
def queue(
    limit: Limit = 100,
    quota: Quota = 5,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write Label Studio tasks instead of a table.")
    ] = None,
    rubricator: Version = "im-2026",
    as_json: AsJson = False,
) -> None:
    """Propose what to label next: rare topics, doubtful messages, disagreements."""
    from otklik.datasets.rubricator_versions import load_rubricator
    from otklik.datasets.store import open_store

    tree = load_rubricator(rubricator)
    with open_store(load_settings()) as store:
        proposals = _propose(store, tree, limit, quota)
    if out_file is not None:
        _write(proposals, tree, out_file, as_json=as_json)
    elif as_json:
        print_json([_facts(item) for item in proposals])
    else:
        rows = [
            [
                str(item.judged.message_id),
                item.reason,
                item.topic,
                f"{item.margin:.2f}",
                _shown(item.judged.text),
            ]
            for item in proposals
        ]
        print_table(["message", "why", "topic", "margin", "text"], rows)


@app.command(epilog="Example: otklik label export tasks.json --limit 200")
def export(
    file: Annotated[Path, typer.Argument(help="JSON file to write.")],
    limit: Limit = 100,
    quota: Quota = 5,
    rubricator: Version = "im-2026",
    as_json: AsJson = False,
) -> None:
    """Write the queue as tasks with predictions for Label Studio."""
    queue(limit, quota, file, rubricator, as_json)


@app.command("import", epilog="Example: otklik label import project-1.json")
def import_(
    file: Annotated[Path, typer.Argument(help="Export of Label Studio in its format «JSON».")],
    as_json: AsJson = False,
) -> None:
    """Append the labels of Label Studio to the history; a second import changes nothing."""
    from otklik.datasets.masking import Masker
    from otklik.datasets.rejects import RejectLog
    from otklik.datasets.store import open_store
    from otklik.training.label_file import import_labels

    settings = load_settings()
    masker = Masker(ner=False)

    def mask(text: str) -> str:
        return masker.mask(text).text

    with (
        open_store(settings) as store,
        RejectLog(settings.var / REJECTS, mask) as log,
    ):
        done = import_labels(store, file, log.write, mask)
    facts: dict[str, Any] = {
        "tasks": done.tasks,
        "labels": done.labels,
        "appended": done.appended,
        "rejected": done.rejected,
    }
    if done.rejected:
        facts["rejects"] = str(log.path)
    print_facts(facts, as_json=as_json)


@app.command(epilog="Example: otklik label page > page.xml")
def page(rubricator: Version = "im-2026") -> None:
    """Print the labelling interface (XML) that a project of Label Studio needs."""
    from otklik.datasets.rubricator_versions import load_rubricator
    from otklik.training.labelstudio import label_page

    sys.stdout.write(label_page(load_rubricator(rubricator)))


def _propose(store: "Store", rubricator: "Rubricator", limit: int, quota: int) -> list["Proposal"]:
    from otklik.datasets.labelling import Labelling
    from otklik.training.queue import propose

    labelling = Labelling(store.database)
    current = labelling.current("topic")
    counts = Counter(
        label.new for label in current.values() if label.rubricator == rubricator.version
    )
    return propose(labelling.judged(), counts, set(current), rubricator, limit=limit, quota=quota)


def _write(
    proposals: list["Proposal"], rubricator: "Rubricator", path: Path, *, as_json: bool
) -> None:
    from otklik.training.label_file import write_tasks

    written = write_tasks(proposals, rubricator, path)
    print_facts({"written": written, "file": str(path)}, as_json=as_json)


def _facts(item: "Proposal") -> dict[str, Any]:
    return {
        "message_id": item.judged.message_id,
        "source": item.judged.source,
        "external_id": item.judged.external_id,
        "reason": item.reason,
        "topic": item.topic,
        "probability": item.probability,
        "margin": item.margin,
        "text": item.judged.text,
    }


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…"
