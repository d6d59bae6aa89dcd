"""`otklik problems passports`: write the passports of the largest open problems and keep them."""

from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, out, print_json, progress
from otklik.pipelines.problem_decisions import app

__all__ = ["app", "passports"]


@app.command(epilog="Example: otklik problems passports --most 30")
def passports(
    most: Annotated[int, typer.Option(min=1, help="Open problems with the most messages.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Write passports of the largest open problems beside their former ones."""
    from otklik.datasets.problem_book import Status
    from otklik.datasets.problem_store import ProblemStore
    from otklik.datasets.store import open_store
    from otklik.pipelines.passport import keep_passport, passport_of
    from otklik.pipelines.passport_facts import Background
    from otklik.pipelines.snapshot import snapshot_of_store

    counts: dict[str, int] = {}
    with open_store(load_settings()) as store, progress("passports") as step:
        book = ProblemStore(store.database).book()
        open_ones = [one for one in book.problems.values() if one.status is Status.OPEN]
        largest = sorted(open_ones, key=lambda one: (-len(one.message_ids), one.number))[:most]
        step.expect(len(largest))
        background = Background(snapshot_of_store(store, vectors=False))
        for problem in largest:
            passport = passport_of(store, background.snapshot, problem, background)
            keep_passport(store, passport)
            counts[passport.confidence] = counts.get(passport.confidence, 0) + 1
            step.advance()
    if as_json:
        print_json({"passports": sum(counts.values()), "confidence": counts})
        return
    out.print(f"Паспортов: {sum(counts.values())}")
    for confidence, count in sorted(counts.items()):
        out.print(f"  уверенность {confidence}: {count}")
