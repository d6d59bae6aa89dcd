"""`otklik city`: a made-up city's year, for demonstration and benchmarks."""

from pathlib import Path
from typing import Annotated

import typer

from otklik.pipelines.console import AsJson, print_facts

EXAMPLES = (
    "Example: otklik city 7 --messages 5000 --out city.csv --truth truth.json"
    " && otklik import city.csv --as im"
)


def city(
    seed: Annotated[int, typer.Argument(help="The same seed and size give the same bytes.")],
    out: Annotated[Path, typer.Option(help="A .csv file for `otklik import --as im`.")],
    messages: Annotated[int, typer.Option(help="How many, exactly; 200 at the least.")] = 20_000,
    truth: Annotated[
        Path | None, typer.Option(help="Write what was planted, as JSON, with message ids.")
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="No cause, rise, incident or problem to be found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make up a year of messages of a city that does not exist; every row is marked synthetic."""
    from otklik.datasets.city_file import write_city, write_truth
    from otklik.datasets.synthetic_city import make_city

    made = make_city(seed, messages, null=null)
    facts: dict[str, object] = {"messages": write_city(made.messages, out), "file": str(out)}
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
