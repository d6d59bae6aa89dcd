"""`otklik problems rename|merge|split|close|reopen`: what a person decides."""

from typing import TYPE_CHECKING, Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines import problem_commands
from otklik.pipelines.console import AsJson, print_facts
from otklik.pipelines.problem_commands import Number

if TYPE_CHECKING:
    from otklik.pipelines.problem_ledger import Decision

Reason = Annotated[str, typer.Option(help="Why; kept in the ledger.")]
Role = Annotated[str, typer.Option(help="Who decides, as a role and not a name.")]
COORDINATOR = "координатор"

app = problem_commands.app


@app.command(epilog='Example: otklik problems rename 12 "Нет воды на Садовой" --reason "короче"')
def rename(
    number: Number,
    name: Annotated[str, typer.Argument(help="The name that stays.")],
    reason: Reason,
    role: Role = COORDINATOR,
    as_json: AsJson = False,
) -> None:
    """Give a problem a name that later runs leave alone."""
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_ledger import rename_problem

    with open_store(load_settings()) as store:
        rename_problem(store, number, _masked(name), _decision(role, reason))
    print_facts({"renamed": number, "name": _masked(name)}, as_json=as_json)


@app.command(epilog='Example: otklik problems merge 12 7 --reason "одна и та же труба"')
def merge(
    number: Number,
    into: Annotated[int, typer.Argument(help="Number under which both go on.")],
    reason: Reason,
    role: Role = COORDINATOR,
    as_json: AsJson = False,
) -> None:
    """Let a problem go on under the number of another one; later runs never part them."""
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_ledger import merge_problems

    with open_store(load_settings()) as store:
        merge_problems(store, number, into, _decision(role, reason))
    print_facts({"merged": number, "into": into}, as_json=as_json)


@app.command(epilog='Example: otklik problems split 12 501 507 --reason "другая яма"')
def split(
    number: Number,
    messages: Annotated[list[int], typer.Argument(help="Ids of the messages that leave.")],
    reason: Reason,
    name: Annotated[str, typer.Option(help="Name of the new problem.")] = "",
    role: Role = COORDINATOR,
    as_json: AsJson = False,
) -> None:
    """Take messages out of a problem into a new one; later runs never join the two."""
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_ledger import split_problem

    with open_store(load_settings()) as store:
        new = split_problem(store, number, messages, _decision(role, reason), name=_masked(name))
    print_facts({"split": number, "new": new, "messages": len(set(messages))}, as_json=as_json)


@app.command(epilog='Example: otklik problems close 12 --reason "трубу заменили, проверено"')
def close(
    number: Number, reason: Reason, role: Role = COORDINATOR, as_json: AsJson = False
) -> None:
    """Close a problem; it opens again when people write about it again."""
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_ledger import close_problem

    with open_store(load_settings()) as store:
        close_problem(store, number, _decision(role, reason))
    print_facts({"closed": number}, as_json=as_json)


@app.command(epilog='Example: otklik problems reopen 12 --reason "снова течёт"')
def reopen(
    number: Number, reason: Reason, role: Role = COORDINATOR, as_json: AsJson = False
) -> None:
    """Open a closed problem again."""
    from otklik.datasets.store import open_store
    from otklik.pipelines.problem_ledger import reopen_problem

    with open_store(load_settings()) as store:
        reopen_problem(store, number, _decision(role, reason))
    print_facts({"reopened": number}, as_json=as_json)


def _decision(role: str, reason: str) -> "Decision":
    from otklik.pipelines.problem_ledger import Decision

    return Decision(_masked(role), _masked(reason))


def _masked(text: str) -> str:
    """Words of staff without personal data: they are stored and shown."""
    from otklik.datasets.masking import Masker

    return Masker(ner=False).mask(text).text
