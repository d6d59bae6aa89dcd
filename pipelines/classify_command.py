"""`otklik classify`: answers of every head for a whole table."""

from pathlib import Path
from typing import Annotated

import typer

from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik classify messages.csv --out answers.csv --heads im_2026,sentiment"


def classify(
    file: Annotated[Path, typer.Argument(help="Table of any kind that import reads.")],
    out: Annotated[Path, typer.Option(help="answers.csv, .parquet or .jsonl")],
    bundle: Annotated[
        str | None,
        typer.Option(help="Folder or name, as champion or otklik/3; who answers without it."),
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
    heads: Annotated[str | None, typer.Option(help="Heads, comma between; all without it.")] = None,
    alpha: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Error that automatic routing may make.")
    ] = 0.05,
    mask: Annotated[bool, typer.Option(help="Mask texts first; off only for masked ones.")] = True,
    as_json: AsJson = False,
) -> None:
    """Write the table with ranked labels, probabilities and a decision for every row.

    Broken off, it goes on where it was when the same command is given again.
    """
    from otklik.models.classifier import Classifier
    from otklik.models.predictor import load_predictor
    from otklik.models.registered import default_bundle, resolve_bundle
    from otklik.pipelines.classified_table import classify_table

    folder = default_bundle() if bundle is None else resolve_bundle(bundle)
    classifier = Classifier(load_predictor(folder), alpha=alpha)
    names = None if heads is None else [name.strip() for name in heads.split(",")]
    with progress("classifying") as bar:
        summary = classify_table(
            classifier, file, out, text_column, heads=names, mask=mask, advance=bar.advance
        )
    print_facts(summary, as_json=as_json)
