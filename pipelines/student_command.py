"""`otklik model student`: the encoder of half the depth."""

import time
from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik model student"


def student(
    base: Annotated[
        Path | None, typer.Option(help="Encoder whose words it takes; models/base in OTKLIK_VAR.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the student; models/student in OTKLIK_VAR.")
    ] = None,
    layers: Annotated[
        Path | None, typer.Option(help="File of distilled layers; those that ship without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the student: the base's words, six distilled and adapted layers, quantised to int8.

    The default encoder: twice as fast as the base; what it loses and gains stands in decision 9.
    """
    from otklik.models.build import STEPS, STUDENT, build_encoder

    models = load_settings().var / "models"
    begun = time.perf_counter()
    with progress("student", len(STEPS)) as bar:
        built = build_encoder(
            layers or STUDENT, base or models / "base", out or models / "student", step=bar.name
        )
    print_facts(
        {
            "encoder": str(built.layout.folder),
            "source": built.manifest.source,
            "layers": built.manifest.layers,
            "dim": built.manifest.dim,
            "seconds": round(time.perf_counter() - begun, 1),
        },
        as_json=as_json,
    )
