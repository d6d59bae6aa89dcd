"""`otklik problems`: the weekly run, and what staff look up."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, out, print_facts, print_json, print_table, progress

if TYPE_CHECKING:
    from otklik.pipelines.problem_cells import Cluster
    from otklik.pipelines.problem_run import WeekOutcome

app = typer.Typer(
    no_args_is_help=True,
    help="Troubles that last: their numbers, their story, and what people decide about them.",
)


class EngineName(StrEnum):
    """What tells like messages of a wide place."""

    GRAPH = "graph"
    BERTOPIC = "bertopic"
    NONE = "none"


class Shown(StrEnum):
    """Which problems a list shows."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


Number = Annotated[int, typer.Argument(help="Number of the problem.")]


@app.command(epilog="Example: otklik problems run --until 2026-11-23")
def run(
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Whole weeks before this day.")
    ],
    engine: Annotated[
        EngineName,
        typer.Option(help="Tells like messages of a district; none: topics alone do."),
    ] = EngineName.GRAPH,
    as_json: AsJson = False,
) -> None:
    """Work through every whole week that was not worked through yet; again changes nothing."""
    from otklik.datasets.dates import load_zone
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_names import name_part
    from otklik.pipelines.problem_run import run_problems

    settings = load_settings()
    with open_store(settings) as store, progress("weeks") as step:

        def finished(_outcome: "WeekOutcome") -> None:
            step.advance()

        outcomes = run_problems(
            store,
            until.date(),
            zone=load_zone(settings.timezone),
            cluster=_cluster(engine),
            namer=name_part,
            done=finished,
            total=step.expect,
        )
    changes: dict[str, int] = {}
    for outcome in outcomes:
        for name, count in outcome.changes.items():
            changes[name] = changes.get(name, 0) + count
    facts: dict[str, Any] = {"weeks": len(outcomes)}
    if outcomes:
        facts |= {"from": outcomes[0].week, "to": outcomes[-1].week}
    facts |= {"messages": sum(outcome.n_messages for outcome in outcomes), **changes}
    print_facts(facts, as_json=as_json)


@app.command("list", epilog="Example: otklik problems list --status all --limit 50")
def list_(
    status: Annotated[Shown, typer.Option(help="Which ones.")] = Shown.OPEN,
    limit: Annotated[int, typer.Option(min=1, help="Most to show.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List problems, the largest first."""
    from otklik.datasets.problem_store import ProblemStore
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_export import problem_record
    from otklik.pipelines.problem_show import status_text

    with open_store(load_settings()) as store:
        book = ProblemStore(store.database).book()
    found = [one for one in book.problems.values() if status in (Shown.ALL, one.status.value)]
    found.sort(key=lambda one: (-len(one.message_ids), one.number))
    if as_json:
        print_json([problem_record(one) for one in found[:limit]])
        return
    rows = [
        [
            str(one.number),
            one.name,
            status_text(one),
            str(len(one.message_ids)),
            f"{one.first_at:%d.%m.%Y}",
            f"{one.last_at:%d.%m.%Y}",
        ]
        for one in found[:limit]
    ]
    columns = ["№", "проблема", "состояние", "сообщений", "с", "по"]
    print_table(columns, rows, f"Проблем: {len(found)}, показано: {len(rows)}")


@app.command(epilog="Example: otklik problems show 12")
def show(number: Number, as_json: AsJson = False) -> None:
    """Tell everything about one problem."""
    from otklik.datasets.dates import load_zone
    from otklik.datasets.problem_store import ProblemStore
    from otklik.datasets.store import open_store
    from otklik.pipelines import passport_section  # noqa: F401 - adds the passport
    from otklik.pipelines.problem_ledger import find_problem
    from otklik.pipelines.problem_show import describe_problem, entry_text, show_record

    settings = load_settings()
    with open_store(settings) as store:
        problems = ProblemStore(store.database)
        problem = find_problem(problems.book(), number)
        entries = problems.entries(number)
        sections, record = show_record(store, problem, entries)
    if as_json:
        print_json(record)
        return
    lines = describe_problem(problem, load_zone(settings.timezone))
    lines += ["", "История"]
    lines += [
        f"  {one.week or one.role}: {entry_text(one)}. {one.reason}".rstrip() for one in entries
    ]
    for title, its in sections:
        lines += ["", title, *(f"  {line}" for line in its)]
    for line in lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command(epilog="Example: otklik problems ledger 12")
def ledger(
    number: Annotated[int | None, typer.Argument(help="Of this problem alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print every change in the order of entry, and prove that the state follows from them."""
    from otklik.datasets.problem_store import ProblemStore
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_ledger import find_problem
    from otklik.pipelines.problem_show import entry_record, entry_text

    with open_store(load_settings()) as store:
        problems = ProblemStore(store.database)
        book = problems.proven()
        if number is not None:
            find_problem(book, number)
        entries = problems.entries(number)
    if as_json:
        print_json([entry_record(one) for one in entries])
        return
    rows = [
        [
            one.week or f"{one.at:%d.%m.%Y}",
            str(one.number),
            entry_text(one),
            str(len(one.message_ids)),
            one.role or "еженедельный расчёт",
            one.reason,
        ]
        for one in entries
    ]
    print_table(["неделя", "№", "что произошло", "сообщений", "кто", "почему"], rows)


@app.command(epilog="Example: otklik problems export problems.xlsx")
def export(
    file: Annotated[Path, typer.Argument(help=".csv, .xlsx, .parquet or .jsonl")],
    as_json: AsJson = False,
) -> None:
    """Write every problem with its messages' ids as a table."""
    from otklik.datasets.problem_store import ProblemStore
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_export import write_problems

    with open_store(load_settings()) as store:
        book = ProblemStore(store.database).book()
    print_facts({"written": write_problems(book, file), "file": str(file)}, as_json=as_json)


def _cluster(engine: EngineName) -> "Cluster | None":
    if engine is EngineName.NONE:
        return None
    from otklik.pipelines.cluster import cluster

    return partial(cluster, engine=engine.value)
