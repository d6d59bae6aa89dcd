"""The `otklik` command: one place where sub-commands meet and errors become one line."""

import sys

import typer

from otklik.datasets.errors import OtklikError
from otklik.pipelines import (
    data_commands,
    export_command,
    import_command,
    mask_command,
    places_command,
    rubricator_commands,
    status_command,
)
from otklik.pipelines.console import err

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
app.command("places", epilog=places_command.EXAMPLES)(places_command.places)
app.command("status", epilog=status_command.EXAMPLES)(status_command.status)
app.add_typer(rubricator_commands.app, name="rubricator")
app.add_typer(data_commands.app, name="data")


def main() -> None:
    """Run the command line; see `EXIT_CODES`."""
    try:
        app()
    except OtklikError as error:
        line = " ".join(str(error).split())
        err.print(f"otklik: {line}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("otklik: interrupted; what was stored stays stored, run again to go on")
        sys.exit(130)


if __name__ == "__main__":
    main()
