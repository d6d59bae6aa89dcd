"""`otklik synthetic make`: a made-up city's year, for demonstration and benchmarks."""

from pathlib import Path
from typing import Annotated, Any

import typer

from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = """
Examples: otklik synthetic make --seed 7 --weeks 52 --out city.db --truth truth.json

otklik synthetic make --seed 7 --out city.csv && otklik import city.csv --as im
"""

app = typer.Typer(
    no_args_is_help=True, help="A city that does not exist, with the truth planted in it."
)


@app.callback()
def synthetic() -> None:
    """Let typer keep the name of the only sub-command."""


@app.command(epilog=EXAMPLES)
def make(
    seed: Annotated[int, typer.Option(help="The same seed and size give the same city.")],
    out: Annotated[
        str,
        typer.Option(help="Path or URL of a store, or a .csv file for `otklik import --as im`."),
    ],
    weeks: Annotated[
        int, typer.Option(help="Of the calendar year 2025, from the first; 52 are all of it.")
    ] = 52,
    messages: Annotated[
        int, typer.Option(help="In the whole year, exactly; 200 at the least.")
    ] = 20_000,
    truth: Annotated[
        Path | None, typer.Option(help="Write what was planted, as JSON, with message ids.")
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="No cause, rise, incident or problem to be found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make up a year of a city and store it or write it; every row is marked synthetic.

    A second time changes nothing.
    """
    from otklik.datasets.city_file import write_city, write_truth
    from otklik.datasets.city_weeks import first_weeks
    from otklik.datasets.settings import load_settings
    from otklik.datasets.synthetic_city import make_city
    from otklik.pipelines.synthetic_store import store_city

    made = first_weeks(make_city(seed, messages, null=null), weeks)
    facts: dict[str, Any] = {"messages": len(made.messages)}
    if out.lower().endswith(".csv"):
        write_city(made.messages, Path(out))
        facts["file"] = out
    else:
        with progress("storing", len(made.messages)) as step:
            saved = store_city(made.messages, out, load_settings(), advance=step.advance)
        # A URL may hold a password: it is not repeated.
        facts |= {"stored": saved.stored, "changed": saved.changed, "unchanged": saved.unchanged}
    if truth:
        write_truth(made.truth, truth)
        facts["truth"] = str(truth)
    planted = made.truth
    facts |= {
        "causes": len(planted.causes),
        "rises": len(planted.rises),
        "incidents": len(planted.incidents),
        "problems": len(planted.problems),
        "copies": sum(len(copies.ids) - 1 for copies in planted.copies),
        "repeats": len(planted.repeats),
    }
    print_facts(facts, as_json=as_json)
