"""`otklik model distill`: make a student from a city's own messages."""

from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik model distill messages.jsonl.gz answers.csv:body --out student"


def distill(
    tables: Annotated[
        list[str], typer.Argument(help="Tables of masked texts; TABLE:COLUMN if not `text`.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the student and of its checkpoint.")],
    base: Annotated[
        Path | None, typer.Option(help="The teacher; models/base in OTKLIK_VAR.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the texts.")] = 1,
    threads: Annotated[int, typer.Option(min=0, help="0: as many as cores.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Distil a student half as deep as its teacher; broken off, it goes on from its checkpoint.

    Writes a checkpoint of `transformers` and, for shipping, `student.safetensors`.
    """
    import torch
    from safetensors.numpy import load_file

    from otklik.datasets.labelled import load_labelled
    from otklik.datasets.text_key import text_key
    from otklik.models.adapter import dump_adapter
    from otklik.training.distill import DistillConfig
    from otklik.training.distill import distill as make_student

    if threads:
        torch.set_num_threads(threads)
    different: dict[str, str] = {}
    for table in tables:
        name, _, column = table.partition(":")
        for text in load_labelled(Path(name)).column(column or "text"):
            different.setdefault(text_key(text), text)
    texts = [different[key] for key in sorted(different)]
    config = DistillConfig(epochs=epochs)
    with progress("distilling", config.epochs * len(texts)) as bar:
        make_student(
            base or load_settings().var / "models" / "base", texts, out, config, bar.advance
        )
    facts = {"layers": len(config.layers), "prefix": "", "name": f"student of {len(texts)} texts"}
    shipped = out / "student.safetensors"
    dump_adapter(shipped, load_file(out / "model.safetensors"), facts)
    print_facts({"student": str(out), "texts": len(texts), "layers": str(shipped)}, as_json=as_json)
