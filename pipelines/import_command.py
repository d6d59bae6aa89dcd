"""`otklik import`: bring an export into the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, err, out, print_json, progress

if TYPE_CHECKING:
    from otklik.pipelines.import_summary import Summary

EXAMPLES = "Example: otklik import demo/incidents.csv --as im"
SHOWN_REASONS = 10


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, .xlsx, JSONL or Parquet; may be gzipped.")],
    preset: Annotated[
        str,
        typer.Option(
            "--as",
            help="im, pos, spb, spb-answers, perm, kursk, otklik (its own export), or a mapping.",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, mask and compare; write nothing.")
    ] = False,
    ner: Annotated[
        bool, typer.Option(help="Let the neural tagger vote on names; slower, finds more.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Store the messages of an export, masked and resolved; a second import changes nothing."""
    from otklik.pipelines.ingest import ingest

    with progress("importing") as step:
        summary = ingest(
            file, preset, load_settings(), ner=ner, dry_run=dry_run, advance=step.advance
        )
    if as_json:
        print_json(_facts(summary, dry_run=dry_run))
    else:
        _print(summary, dry_run=dry_run)


def _facts(summary: "Summary", *, dry_run: bool) -> dict[str, Any]:
    return {
        **summary.counts(),
        "reasons": dict(summary.reasons.most_common()),
        "rejects": str(summary.rejects) if summary.rejects else None,
        "dry_run": dry_run,
    }


def _print(summary: "Summary", *, dry_run: bool) -> None:
    for name, number in summary.counts().items():
        out.print(f"{name:<11}{number:>9,}", highlight=False)
    for reason, number in summary.reasons.most_common(SHOWN_REASONS):
        out.print(f"  {number:>9,}  {reason}", highlight=False, markup=False)
    if summary.rejects:
        out.print(f"rejected rows: {summary.rejects}", highlight=False, soft_wrap=True)
    if dry_run:
        err.print("dry run: nothing was written")
