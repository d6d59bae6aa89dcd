"""`otklik promote`, `rollback`, `models`: who answers, who did, and who may."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from otklik.datasets.settings import load_settings
from otklik.models.history import CHAMPION, Entry
from otklik.models.registered import MODEL, Version, registered_versions
from otklik.pipelines.console import AsJson, out, print_facts, print_json, print_table, progress

PROMOTE_EXAMPLES = "Example: otklik promote 3 --force-reason 'the old one does not know ferries'"
ROLLBACK_EXAMPLES = "Example: otklik rollback --reason 'wrong routes since Monday'"
MODELS_EXAMPLES = "Example: otklik models --as-of 2026-03-14T10:00"
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"]

Model = Annotated[str, typer.Option(help="Name of the model, as its preset says.")]
By = Annotated[str | None, typer.Option(help="Who does it; by default the account.")]


def promote(
    version: Annotated[int | None, typer.Argument(help="By default the challenger.")] = None,
    model: Model = MODEL,
    holdout: Annotated[
        Path | None, typer.Option(help="Compare on these texts, not on the version's own.")
    ] = None,
    force_reason: Annotated[
        str, typer.Option(help="Promote past closed gates; the reason stays in the history.")
    ] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Compare a version with the champion, and let it answer if every gate is open.

    Files, numbers and the rubricator are gates that no reason overrules.
    """
    from otklik.training import promotion
    from otklik.training.gate import shown
    from otklik.training.registry import open_registry

    registry = open_registry()
    with progress("comparing") as bar:
        weighed = promotion.weigh(registry, model, version, holdout=holdout, advance=bar.advance)
    gates = weighed.verdict.gates
    if not as_json:
        print_table(
            ["gate", "", "candidate", "against", "found"],
            [
                [
                    one.name,
                    "open" if one.passed else "closed",
                    shown(one.candidate),
                    shown(one.against),
                    one.sentence,
                ]
                for one in gates
            ],
        )
    made = promotion.promote(registry, weighed, reason=force_reason, by=by)
    facts: dict[str, Any] = {"champion": made.name, "bundle": made.facts["bundle"]}
    facts["before"] = weighed.champion.name if weighed.champion else None
    if as_json:
        print_json(facts | {"gates": [one.as_dict() for one in gates]})
    else:
        print_facts(facts, as_json=False)


def rollback(
    model: Model = MODEL,
    reason: Annotated[str, typer.Option(help="Why; kept in the history.")] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let the champion before the present one answer again."""
    from otklik.training.registry import open_registry

    registry = open_registry()
    left = registry.history.aliases(model).champion
    made = registry.roll_back(model, reason=reason, by=by)
    facts = {"champion": made.name, "bundle": made.facts["bundle"], "left": f"{model}/{left}"}
    print_facts(facts, as_json=as_json)


def models(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=FORMATS, help="As it was then; without a zone in OTKLIK_TIMEZONE."),
    ] = None,
    model: Model = MODEL,
    as_json: AsJson = False,
) -> None:
    """List the registered versions: alias, when, who, figures."""
    zone = ZoneInfo(load_settings().timezone)
    at = as_of if as_of is None or as_of.tzinfo else as_of.replace(tzinfo=zone)
    versions = registered_versions(model, at=at)
    champion = next((one.name for one in versions if CHAMPION in one.aliases), None)
    if as_json:
        facts: dict[str, Any] = {"model": model, "champion": champion}
        if at is not None:
            facts["as_of"] = at.isoformat()
        print_json(facts | {"versions": [_record(one) for one in versions]})
        return
    print_facts(
        {"answering" if at is None else "answered": champion or "no version"}, as_json=False
    )
    if not versions:
        out.print("no version is registered; `otklik train` registers one", markup=False)
        return
    print_table(
        ["version", "alias", "registered", "by", "champion since", "by", "bundle", "accuracy"],
        [
            [
                one.name,
                " ".join(one.aliases),
                *_when(one.registered, zone),
                *_when(one.promoted if CHAMPION in one.aliases else None, zone),
                str(one.facts["bundle"]),
                _accuracies(one),
            ]
            for one in versions
        ],
    )


def _when(entry: Entry | None, zone: ZoneInfo) -> list[str]:
    if entry is None:
        return ["", ""]
    return [f"{entry.at.astimezone(zone):%Y-%m-%dT%H:%M}", entry.by]


def _accuracies(version: Version) -> str:
    figures: dict[str, float] = version.facts["metrics"]
    end = ".accuracy"
    named = {name.removesuffix(end): x for name, x in figures.items() if name.endswith(end)}
    return ", ".join(f"{head} {value:.3f}" for head, value in named.items())


def _record(version: Version) -> dict[str, Any]:
    def entry(one: Entry | None) -> dict[str, Any] | None:
        if one is None:
            return None
        return {"at": one.at.isoformat(), "by": one.by, "change": one.change, "reason": one.reason}

    return {
        **version.facts,  # their folder is relative to the registry's
        "version": version.number,
        "name": version.name,
        "aliases": list(version.aliases),
        "folder": str(version.folder),
        "registered": entry(version.registered),
        "last_champion": entry(version.promoted),
    }
