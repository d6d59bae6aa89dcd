"""`otklik embed`: a vector for every message of a table."""

import time
from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik embed messages.jsonl.gz --out vectors.npy"


def embed(
    file: Annotated[Path, typer.Argument(help="Table: CSV, .xlsx, JSONL, Parquet, also gzipped.")],
    out: Annotated[Path, typer.Option(help="File of vectors, float32, a row for each row.")],
    text_column: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
    model: Annotated[
        Path | None, typer.Option(help="Folder of the encoder; models/student in OTKLIK_VAR.")
    ] = None,
    runtime: Annotated[str, typer.Option(help="int8, bf16, fp32 or torch.")] = "int8",
    mask: Annotated[
        bool, typer.Option(help="Mask personal data first; --no-mask for texts that are masked.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Turn the messages of a table into vectors; a run that was broken off is gone on with.

    Row 1 of the file belongs to row 1 of the table. Rows without a readable text get zeros; they
    are counted, and the first of them named by their line.
    """
    from otklik.datasets.gazetteer import load_gazetteer
    from otklik.datasets.masking import Masker
    from otklik.models.encoder import RUNTIMES, Encoder
    from otklik.pipelines.embed import Embedding, count_rows
    from otklik.pipelines.embed import embed as embed_table

    settings = load_settings()
    if runtime not in RUNTIMES:
        raise typer.BadParameter(f"{runtime!r} is none of {', '.join(RUNTIMES)}.")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"{out.parent} is no folder. Make it first.")
    encoder = Encoder(model or settings.var / "models" / "student", runtime)
    rows = count_rows(file, text_column)
    masker = Masker(gazetteer=load_gazetteer(settings.city)) if mask else None
    begun = time.perf_counter()
    with progress("messages", rows) as bar:
        done = embed_table(Embedding(file, out, text_column, masker), encoder, rows, bar.advance)
    print_facts(
        {
            "vectors": str(out),
            "rows": rows,
            "dim": encoder.dim,
            "encoder": encoder.version,
            "masked": mask,
            "without_text": done.bad,
            "without_text_lines": done.bad_lines,
            "seconds": round(time.perf_counter() - begun, 1),
        },
        as_json=as_json,
    )
