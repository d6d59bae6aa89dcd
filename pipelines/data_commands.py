"""`otklik data`: examine a labelled table, find its near-duplicates, split it."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from otklik.pipelines.console import AsJson, print_facts, print_json, progress

app = typer.Typer(no_args_is_help=True, help="Labelled tables: audit, near-duplicates, splits.")

File = Annotated[Path, typer.Argument(help="CSV, .xlsx, JSONL or Parquet; may be gzipped.")]
TextColumn = Annotated[str, typer.Option(help="Column of the texts.")]
LabelColumn = Annotated[
    str, typer.Option(help="Column of the labels; by default `topic` where the table has it.")
]
Threshold = Annotated[
    float, typer.Option(min=0.1, max=1.0, help="Similarity from which texts are near-duplicates.")
]


class By(StrEnum):
    """What decides the side of a row."""

    GROUP = "group"
    TIME = "time"


@app.command(epilog="Example: otklik data audit labelled.csv --label-column topic --json")
def audit(
    file: File,
    text_column: TextColumn = "text",
    label_column: LabelColumn = "",
    group_column: Annotated[
        str, typer.Option(help="Second column of labels: the groups of the topics.")
    ] = "",
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="Held-out predictions, one row per row of FILE: a column of probabilities per "
            "label, or `predicted` and `probability`. Shows suspicious labels."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Report on a labelled table: balance, repeats, contradictions, language, personal data.

    Texts and personal data are never printed, only counts and line numbers.
    """
    from otklik.datasets.audit import audit_table
    from otklik.datasets.labelled import load_labelled
    from otklik.datasets.masking import Masker
    from otklik.pipelines.data_report import print_audit
    from otklik.pipelines.masked import mask_report

    table = load_labelled(file)
    label_column = label_column or _default_label(table.header)
    columns = [name for name in (label_column, group_column) if name]
    with progress("auditing", len(table.rows)) as step:
        found = audit_table(table, text_column, columns, predictions, step.advance)
    found = mask_report(found, Masker(ner=False))
    if as_json:
        print_json(asdict(found))
    else:
        print_audit(found)


@app.command(epilog="Example: otklik data duplicates labelled.csv --threshold 0.8 --out groups.csv")
def duplicates(
    file: File,
    text_column: TextColumn = "text",
    threshold: Threshold = 0.8,
    out: Annotated[
        Path | None, typer.Option(help="Write a CSV `line,group` with a row for every text.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count groups of texts that say nearly the same."""
    from otklik.datasets.audit import repeats_of
    from otklik.datasets.duplicates import near_duplicate_groups
    from otklik.datasets.labelled import dump_rows, load_labelled

    table = load_labelled(file)
    groups = near_duplicate_groups(table.column(text_column), threshold).tolist()
    repeats = repeats_of(groups)
    if out is not None:
        lines = (str(row.line) for row in table.rows)
        dump_rows(out, ["line", "group"], zip(lines, map(str, groups), strict=True))
    facts = {
        "rows": len(groups),
        "unreadable": len(table.unreadable),
        "different": max(groups) + 1,
        "repeated": repeats.texts,
        "rows_in_repeated": repeats.rows,
        "largest": repeats.largest,
    }
    print_facts(facts, as_json=as_json)


@app.command(epilog="Example: otklik data split labelled.csv --out split --test 0.2 --seed 0")
def split(
    file: File,
    out: Annotated[Path, typer.Option(help="Folder for train.csv, test.csv and split.json.")],
    by: Annotated[
        By, typer.Option(help="`group`: drawn by lot; `time`: the latest rows are the test.")
    ] = By.GROUP,
    text_column: TextColumn = "text",
    label_column: LabelColumn = "",
    time_column: Annotated[
        str, typer.Option(help="Column of times, for `--by time`: ISO or 31.12.2025 23:59.")
    ] = "posted_at",
    test: Annotated[float, typer.Option(help="Share of the rows for the test.")] = 0.2,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same split.")] = 0,
    threshold: Threshold = 0.8,
    ner: Annotated[
        bool, typer.Option(help="Let the neural tagger vote on names; slower, finds more.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Split a table so that near-duplicates never stand on both sides; cells come out masked.

    By group, every label keeps its proportion. By time, later copies of training texts go to
    dropped.csv.
    """
    from otklik.datasets.duplicates import near_duplicate_groups
    from otklik.datasets.labelled import dump_split, load_labelled, parse_times
    from otklik.datasets.masking import Masker
    from otklik.datasets.split import group_split, time_split
    from otklik.pipelines.masked import mask_table

    table = load_labelled(file)
    with progress("masking") as step:
        table = mask_table(table, Masker(ner=ner), step.advance)
    groups = near_duplicate_groups(table.column(text_column), threshold)
    label_column = label_column or _default_label(table.header)
    facts: dict[str, Any] = {
        "file": file.name,
        "by": by.value,
        "test": test,
        "threshold": threshold,
    }
    if by is By.TIME:
        found = time_split(parse_times(table, time_column), groups, test=test)
        facts["time_column"] = time_column
    else:
        labels = table.column(label_column) if label_column else None
        found = group_split(groups, labels, test=test, seed=seed)
        facts |= {"label_column": label_column, "seed": seed}
    facts |= {
        "train_rows": len(found.train),
        "test_rows": len(found.test),
        "dropped_rows": len(found.dropped),
        "unreadable": len(table.unreadable),
    }
    dump_split(table, found, out, facts)
    print_facts(facts, as_json=as_json)


def _default_label(header: tuple[str, ...]) -> str:
    return "topic" if "topic" in header else ""
