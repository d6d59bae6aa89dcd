"""`otklik model build`: from the layers and heads that ship to the bundle that answers."""

import time
from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik model build"


def build(
    shipped: Annotated[
        Path | None,
        typer.Option(help="Bundle with `adapter.safetensors`; the one that ships without it."),
    ] = None,
    base: Annotated[
        Path | None, typer.Option(help="Encoder whose words it takes; models/base in OTKLIK_VAR.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the bundle; models/default in OTKLIK_VAR.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Build even if it is there and intact.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the default bundle: shipped layers merged into the base, quantised to int8.

    A bundle built of the same files is left alone; whatever goes wrong, a former one stays as it
    was.
    """
    from otklik.models.build import SHIPPED, STEPS, build_bundle, is_built

    models = load_settings().var / "models"
    shipped, out = shipped or SHIPPED, out or models / "default"
    begun = time.perf_counter()
    fresh = force or not is_built(shipped, out)
    if fresh:
        with progress("bundle", len(STEPS)) as bar:
            build_bundle(shipped, base or models / "base", out, step=bar.name)
    from otklik.models.bundle import load_bundle

    bundle = load_bundle(out)
    print_facts(
        {
            "bundle": str(out),
            "built": fresh,
            "version": bundle.version,
            "rubricator": bundle.facts["rubricator"],
            "heads": ", ".join(bundle.heads),
            "seconds": round(time.perf_counter() - begun, 1),
        },
        as_json=as_json,
    )
