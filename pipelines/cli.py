"""The `otklik` command: one place where sub-commands meet and errors become one line."""

import os
import sys
from pathlib import Path
from traceback import extract_tb

import typer

from otklik.datasets.errors import OtklikError
from otklik.pipelines import (
    behaviour_command,
    classify_command,
    data_commands,
    embed_command,
    evaluate_command,
    export_command,
    import_command,
    incident_commands,
    key_commands,
    label_commands,
    mask_command,
    model_commands,
    passport_command,
    places_command,
    registry_commands,
    report_commands,
    route_commands,
    rubricator_commands,
    schedule_command,
    serve_command,
    status_command,
    synthetic_command,
    train_command,
    votes_command,
    weekly_command,
)
from otklik.pipelines.console import err
from otklik.pipelines.terminal import Interrupted, drop_output, interruptible, open_streams

OTHERS = 0o007
EXIT_CODES = """
Exit codes: 0 done (rejected rows are counted in the summary and kept in `rejects.jsonl`);
1 an error, told in one line; 2 wrong usage; 130 interrupted.
"""

app = typer.Typer(
    name="otklik",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reads what a city writes to its authorities: masks, resolves, stores and explains it.",
    epilog=EXIT_CODES,
)
app.command("import", epilog=import_command.EXAMPLES)(import_command.import_file)
app.command("export", epilog=export_command.EXAMPLES)(export_command.export)
app.command("mask", epilog=mask_command.EXAMPLES)(mask_command.mask)
app.command("embed", epilog=embed_command.EXAMPLES)(embed_command.embed)
app.command("places", epilog=places_command.EXAMPLES)(places_command.places)
app.command("status", epilog=status_command.EXAMPLES)(status_command.status)
app.command("behaviour", epilog=behaviour_command.EXAMPLES)(behaviour_command.behaviour)
app.command("models", epilog=registry_commands.MODELS_EXAMPLES)(registry_commands.models)
app.command("promote", epilog=registry_commands.PROMOTE_EXAMPLES)(registry_commands.promote)
app.command("rollback", epilog=registry_commands.ROLLBACK_EXAMPLES)(registry_commands.rollback)
app.add_typer(model_commands.app, name="model")
app.command("classify", epilog=classify_command.EXAMPLES)(classify_command.classify)
app.command("evaluate", epilog=evaluate_command.EXAMPLES)(evaluate_command.evaluate)
app.command("train", epilog=train_command.EXAMPLES)(train_command.train)
app.command("weekly", epilog=weekly_command.EXAMPLES)(weekly_command.weekly)
app.command("schedule", epilog=schedule_command.EXAMPLES)(schedule_command.schedule)
app.command("serve", epilog=serve_command.EXAMPLES)(serve_command.serve)
app.add_typer(key_commands.app, name="key")
app.add_typer(rubricator_commands.app, name="rubricator")
app.add_typer(data_commands.app, name="data")
app.add_typer(route_commands.app, name="route")
app.add_typer(label_commands.app, name="label")
app.add_typer(passport_command.app, name="problems")
app.add_typer(report_commands.app, name="report")
app.add_typer(votes_command.app, name="votes")
app.add_typer(synthetic_command.app, name="synthetic")
app.add_typer(incident_commands.app, name="incidents")


def main() -> None:
    """Run the command line; see `EXIT_CODES`."""
    # What residents wrote, even masked, is for this user and this group alone.
    os.umask(os.umask(0) | OTHERS)
    open_streams()
    with interruptible():
        sys.exit(_run())


def _run() -> int:
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OtklikError as error:
        tell(masked(str(error)))
    except BrokenPipeError:
        drop_output()  # whoever read the output has seen enough
    except OSError as error:
        drop_output()
        where = error.filename or "the output"
        tell(f"{where} cannot be read or written: {error.strerror}. Check rights and free space.")
    except Interrupted:
        tell("interrupted; what was stored stays stored, run again to go on")
        return 130
    except Exception as error:
        tell(f"a fault of its own: {place_of(error)}. Please report this line.")
    return 1


def tell(error: str) -> None:
    """Write an error as one line."""
    line = " ".join(error.split())
    err.print(f"otklik: {line}", style="red", markup=False, soft_wrap=True)


def place_of(error: Exception) -> str:
    """Kind of an error and the lines it came through; not its message, which may quote anything."""
    frames = extract_tb(error.__traceback__)
    steps = [f"{Path(frame.filename).stem}:{frame.lineno}" for frame in frames]
    return f"{type(error).__name__} at {' > '.join(steps[-8:])}"


def masked(text: str) -> str:
    """An error without personal data: headers and cells are quoted in it."""
    from otklik.datasets.masking import Masker

    return Masker(ner=False).mask(text).text


if __name__ == "__main__":
    main()
