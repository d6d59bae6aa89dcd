"""`otklik key`: who may use the HTTP interface, and for what."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, print_json, print_table

if TYPE_CHECKING:
    from otklik.serving.keys import Key

app = typer.Typer(no_args_is_help=True, help="Keys of the HTTP interface: add, list, revoke.")
SCOPES = "classify, read, label, admin"
CONSOLE = "console"


@app.command(epilog="Example: otklik key add 'ПОС' --scope classify --scope read --days 365")
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is: a system, not a person.")],
    scope: Annotated[list[str], typer.Option(help=f"What it may do, repeated: {SCOPES}.")],
    days: Annotated[
        int | None, typer.Option(min=1, help="Days until it ends; without it, never.")
    ] = None,
    rate: Annotated[
        int | None, typer.Option(min=0, help="Messages a minute; 0 is any number.")
    ] = None,
    replaces: Annotated[str, typer.Option(help="Id of a key that ends instead.")] = "",
    overlap: Annotated[
        int, typer.Option(min=0, help="Hours for which the replaced key still works.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Make a key and print its token, this once: only a hash of it is kept."""
    from otklik.serving.audit_log import AuditLog
    from otklik.serving.keys import KeyFile, Scope

    known = {one.value: one for one in Scope}
    for one in scope:
        if one not in known:
            raise typer.BadParameter(f"{one!r} is no scope; there are {SCOPES}.")
    var = load_settings().var
    key, token = KeyFile(var).add(
        name,
        [known[one] for one in scope],
        expires_at=None if days is None else datetime.now(UTC) + timedelta(days=days),
        rate_per_minute=rate,
        replaces=replaces or None,
        overlap=timedelta(hours=overlap),
    )
    facts = {"made": key.id, "scopes": list(key.scopes), "replaces": replaces or None}
    AuditLog(var).add("add_key", CONSOLE, facts)
    print_facts({"token": token, **_facts(key)}, as_json=as_json)


@app.command("list", epilog="Example: otklik key list --json")
def list_(as_json: AsJson = False) -> None:
    """List the keys, ended ones too; tokens cannot be shown again."""
    from otklik.serving.keys import KeyFile

    found = [_facts(key) for key in KeyFile(load_settings().var).listed()]
    if as_json:
        print_json(found)
        return
    columns = ["id", "name", "scopes", "state", "expires_at", "rate_per_minute"]
    rows = [[_shown(one[name]) for name in columns] for one in found]
    if rows:
        print_table(columns, rows)
    else:
        print_facts({"keys": "none; `otklik key add` makes one"}, as_json=False)


@app.command(epilog="Example: otklik key revoke 3f9c01ab")
def revoke(
    id: Annotated[str, typer.Argument(help="Id of the key, see `otklik key list`.")],
    as_json: AsJson = False,
) -> None:
    """End a key at once; a running service notices with its next request."""
    from otklik.serving.audit_log import AuditLog
    from otklik.serving.keys import KeyFile

    var = load_settings().var
    key = KeyFile(var).revoke(id)
    AuditLog(var).add("revoke_key", CONSOLE, {"revoked": key.id})
    print_facts(_facts(key), as_json=as_json)


def _facts(key: "Key") -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "state": key.state(datetime.now(UTC)),
        "created_at": key.created_at.isoformat(timespec="seconds"),
        "expires_at": key.expires_at.isoformat(timespec="seconds") if key.expires_at else None,
        "rate_per_minute": key.rate_per_minute,
    }


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)
