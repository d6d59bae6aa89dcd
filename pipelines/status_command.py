"""`otklik status`: what the store holds."""

from typing import TYPE_CHECKING, Any

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, out, print_json, print_table

if TYPE_CHECKING:
    from otklik.datasets.store import Import

EXAMPLES = "Example: otklik status"
SHOWN_IMPORTS = 10


def status(as_json: AsJson = False) -> None:
    """Count messages by source and list the latest imports."""
    from otklik.datasets.store import open_store

    with open_store(load_settings()) as store:
        sources = store.count_by_source()
        imports = store.imports()[-SHOWN_IMPORTS:]
        name = store.database.name
    if as_json:
        runs = [_facts(run) for run in imports]
        print_json({"database": name, "messages": sources, "imports": runs})
        return
    out.print(f"database {name}", highlight=False, soft_wrap=True)
    rows = [[source, f"{number:,}"] for source, number in sources.items()]
    print_table(["source", "messages"], [*rows, ["total", f"{sum(sources.values()):,}"]])
    print_table(
        ["import", "file", "as", "read", "stored", "changed", "rejected"],
        [[str(run.id), run.path_name, run.preset, *_numbers(run)] for run in imports],
    )


def _numbers(run: "Import") -> list[str]:
    if run.counts is None:
        return ["not finished", "", "", ""]
    return [f"{run.counts.get(name, 0):,}" for name in ("read", "stored", "changed", "rejected")]


def _facts(run: "Import") -> dict[str, Any]:
    return {
        "id": run.id,
        "file": run.path_name,
        "preset": run.preset,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "counts": dict(run.counts) if run.counts else None,
    }
