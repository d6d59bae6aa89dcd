"""`otklik report`: where a number of a report comes from."""

from pathlib import Path
from typing import Annotated

import typer

from otklik.pipelines.console import AsJson, out, print_json

EXAMPLES = "Example: otklik report trace var/reports/2021-W06/mayor/mayor.html 382"

app = typer.Typer(no_args_is_help=True, help="Look behind the numbers of weekly reports.")


@app.command("trace", epilog=EXAMPLES)
def trace(
    report: Annotated[Path, typer.Argument(help="A file of the report, or its folder.")],
    number: Annotated[str, typer.Argument(help="As it is printed («382»), or its name («Ф7»).")],
    as_json: AsJson = False,
) -> None:
    """Print the query behind a number, its answer today, and the messages it speaks of."""
    from otklik.pipelines.report_trace import trace_number

    found = trace_number(report, number)
    if as_json:
        print_json([one.record() for one in found])
        return
    for one in found:
        for label, text in one.lines():
            out.print(f"{label:<9} {text}", highlight=False, markup=False, soft_wrap=True)
        out.print()
