"""`otklik model quantise`: the int8 graph of an encoder."""

import time
from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik model quantise --texts messages.jsonl.gz"


def quantise(
    texts: Annotated[
        Path | None,
        typer.Option(help="Table of messages to calibrate with; the rubricator's own otherwise."),
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
    model: Annotated[
        Path | None, typer.Option(help="Folder of the encoder; models/base in OTKLIK_VAR.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Quantise the encoder to int8, calibrated on some hundred messages, which are masked first.

    The result stands in the encoder's `openvino/` and holds no text. A former one stays if
    anything goes wrong.
    """
    from otklik.models.calibration_texts import choose_texts
    from otklik.models.quantise import STEPS, build_int8

    settings = load_settings()
    folder = model or settings.var / "models" / "base"
    begun = time.perf_counter()
    with progress("int8", 1 + len(STEPS)) as bar:
        chosen = None
        if texts is not None:
            from otklik.datasets.gazetteer import load_gazetteer
            from otklik.datasets.masking import Masker
            from otklik.pipelines.embed import iter_texts

            masker = Masker(gazetteer=load_gazetteer(settings.city))
            raw = choose_texts(iter_texts(texts, text_column))
            chosen = [masked.text for masked in masker.mask_many(raw)]
        made = build_int8(folder, chosen, step=bar.name)
    print_facts(
        {
            "encoder": str(folder),
            "texts": made.texts,
            "texts_from": str(texts) if texts else "rubricator",
            "outliers": {layer: str(channels) for layer, channels in made.outliers.items()},
            "nncf": made.nncf,
            "openvino": made.openvino,
            "seconds": round(time.perf_counter() - begun, 1),
        },
        as_json=as_json,
    )
