"""`otklik train`: fit the models anew from labelled sets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otklik.datasets.settings import Settings, load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

if TYPE_CHECKING:
    from otklik.training.corrections import Corrected

EXAMPLES = "Example: otklik train default --data datasets-folder --resume"


def train(
    preset: Annotated[Path, typer.Argument(help="Preset file, or the name of a shipped one.")],
    data: Annotated[Path, typer.Option(help="Folder of the labelled sets that the preset names.")],
    base: Annotated[
        Path | None,
        typer.Option(
            help="Encoder to start from; models/student in OTKLIK_VAR, with --heads-only that of "
            "the answering bundle."
        ),
    ] = None,
    heads_only: Annotated[
        bool, typer.Option("--heads-only", help="Keep the encoder, fit the heads: minutes.")
    ] = False,
    resume: Annotated[
        bool, typer.Option(help="Go on from the checkpoint of the same training, if there is one.")
    ] = True,
    corrections: Annotated[
        bool, typer.Option(help="Learn from what people corrected in the store as well.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Fit encoder and heads, calibrate, judge on the hold-out, register as challenger.

    Ctrl-C keeps the checkpoint: the same command goes on from it.
    """
    from otklik.models.registered import default_bundle
    from otklik.training.backend import open_backend
    from otklik.training.config import load_preset
    from otklik.training.examples import TRAIN, load_examples
    from otklik.training.job import run_training
    from otklik.training.record import record_training

    settings = load_settings()
    plan = load_preset(preset)
    if heads_only:
        plan = plan.model_copy(update={"kind": "heads"})
    if base is None:
        kept = plan.kind == "heads"
        base = default_bundle() / "encoder" if kept else settings.var / "models" / "student"
    work = settings.var / "training" / plan.name
    if not resume:
        (work / "checkpoint.pt").unlink(missing_ok=True)
    corrected, lost = _corrections(settings, plan.rubricator) if corrections else ([], 0)
    with progress("reading and masking") as bar:
        examples = load_examples(plan, data, advance=bar.advance, corrected=corrected)
    total = plan.fit.epochs * int(examples.repeats[examples.sides == TRAIN].sum())
    with progress("fitting", total) as bar:
        trained = run_training(
            plan,
            examples,
            base,
            work,
            say=bar.name,
            advance=bar.advance,
        )
        bar.name("putting it on record")
        version = record_training(open_backend(), plan, examples, trained)
    facts = {
        "version": version.name,
        "aliases": list(version.aliases),
        "bundle": str(version.folder),
        "corrections": len(corrected),
        "corrections_left_out": lost,
        **{
            head: {name: round(one.value, 3) for name, one in report.scores.items()}
            for head, report in trained.reports.items()
        },
    }
    print_facts(facts, as_json=as_json)


def _corrections(settings: Settings, rubricator: str) -> tuple[list["Corrected"], int]:
    """What the store holds of them; a store that is not there yet holds none."""
    from otklik.datasets.store import open_store
    from otklik.training.corrections import read_corrections

    if settings.database_url.startswith("sqlite") and not (settings.var / "otklik.db").is_file():
        return [], 0
    with open_store(settings) as store:
        return read_corrections(store, rubricator)
