"""`otklik model adapt`: draw together texts that belong together."""

from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik model adapt pairs.csv --first appeal --second answer --out adapted"
KEY_CHARACTERS = 60


def adapt(
    pairs: Annotated[Path, typer.Argument(help="Table of masked texts, two of them in each row.")],
    out: Annotated[Path, typer.Option(help="Folder of the layers and of the checkpoint.")],
    first: Annotated[str, typer.Option(help="Column of the one text: an appeal.")] = "first",
    second: Annotated[str, typer.Option(help="Column of the other: its answer.")] = "second",
    model: Annotated[
        Path | None, typer.Option(help="Encoder to adapt; models/student in OTKLIK_VAR.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the pairs.")] = 2,
    rate: Annotated[float, typer.Option(min=1e-7, help="Peak learning rate.")] = 5e-5,
    as_json: AsJson = False,
) -> None:
    """Adapt an encoder to a city's own pairs: appeal and answer, text and chosen reason.

    Answers that begin alike are no counter-examples of each other. Broken off, the same command
    goes on from its checkpoint. Writes `student.safetensors` for `otklik model student --layers`.
    """
    from otklik.datasets.labelled import load_labelled
    from otklik.models.adapter import dump_adapter
    from otklik.models.manifest import read_manifest
    from otklik.training.adapt import AdaptConfig, Pair
    from otklik.training.adapt import adapt as draw_together

    folder = model or load_settings().var / "models" / "student"
    manifest = read_manifest(folder)
    table = load_labelled(pairs)
    both = zip(table.column(first), table.column(second), strict=True)
    known = [Pair(one, other, other[:KEY_CHARACTERS]) for one, other in both if one and other]
    out.mkdir(parents=True, exist_ok=True)
    config = AdaptConfig(epochs=epochs, rate=rate)
    with progress("adapting", epochs * len(known)) as bar:
        weights = draw_together(
            folder,
            known,
            config,
            state=out / "checkpoint.pt",
            prefix=manifest.prefix,
            advance=bar.advance,
        )
    facts = {
        "layers": manifest.layers,
        "prefix": manifest.prefix,
        "name": f"adapted on {len(known)} pairs",
    }
    shipped = out / "student.safetensors"
    dump_adapter(shipped, {name: one.numpy() for name, one in weights.items()}, facts)
    print_facts({"pairs": len(known), "layers": str(shipped)}, as_json=as_json)
