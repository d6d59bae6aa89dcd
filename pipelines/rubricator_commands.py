"""`otklik rubricator`: show rubricators, check them, cross between versions, import one's own."""

from pathlib import Path
from typing import Annotated, Any

import typer

from otklik.datasets.crosswalk_routes import crosswalk_between, crosswalk_paths, resolve_code
from otklik.datasets.rubricator import Rubricator, Topic
from otklik.datasets.rubricator_versions import load_rubricator, rubricator_versions
from otklik.pipelines.console import AsJson, out, print_facts, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Rubricators: versions, topics, crosswalks.")

Version = Annotated[str, typer.Argument(help="Version, or path of a CSV or of a TOML folder.")]


@app.command(epilog="Example: otklik rubricator show im-2026 --topic roads.potholes")
def show(
    version: Annotated[str, typer.Argument(help="Version; without it all versions.")] = "",
    topic: Annotated[str, typer.Option(help="Only this topic, by code or name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the installed versions, one rubricator, or one of its topics."""
    if not version:
        _show_versions(as_json=as_json)
        return
    rubricator = load_rubricator(version)
    if topic:
        found = rubricator.topic(topic) if topic in rubricator else rubricator.find(topic)
        print_facts(_topic_facts(found, rubricator), as_json=as_json)
    elif as_json:
        print_json(_rubricator_facts(rubricator))
    else:
        for group in rubricator.groups:
            rows = [
                [t.code, t.name, str(t.importance or "")] for t in rubricator.members(group.code)
            ]
            print_table(["code", "topic", "importance"], rows, f"{group.code}: {group.name}")


@app.command(epilog="Example: otklik rubricator check")
def check(
    version: Annotated[str, typer.Argument(help="Version or path; without it all.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check rubricators and crosswalks; the first fault is told with its file and line."""
    report: dict[str, Any] = {"rubricators": {}, "crosswalks": {}}
    for name in [version] if version else rubricator_versions():
        found = load_rubricator(name)
        report["rubricators"][found.version] = {
            "groups": len(found.groups),
            "topics": len(found.topics),
            "pairs": len(found.pairs),
            "fingerprint": found.fingerprint,
        }
    for source, target in crosswalk_paths():
        if version in ("", source, target):
            rows = crosswalk_between(source, target).rows
            report["crosswalks"][f"{source} → {target}"] = {"topics": len(rows)}
    if as_json:
        print_json(report)
        return
    for kind, entries in report.items():
        for name, facts in entries.items():
            numbers = ", ".join(f"{key} {value}" for key, value in facts.items())
            out.print(f"{kind[:-1]} {name}: {numbers}", highlight=False, soft_wrap=True)


@app.command(epilog="Example: otklik rubricator crosswalk im-perm-2023 im-2026 --topic 15.01")
def crosswalk(
    source: Annotated[str, typer.Argument(help="Version that the labels speak.")],
    target: Annotated[str, typer.Argument(help="Version to reach.")] = "im-2026",
    topic: Annotated[str, typer.Option(help="Only this topic, by code or name.")] = "",
    data: Annotated[
        Path | None, typer.Option(help="Labelled table: count how far its rows get.")
    ] = None,
    label_column: Annotated[str, typer.Option(help="Column of topic names in --data.")] = "topic",
    group_column: Annotated[
        str, typer.Option(help="Column of group names in --data; decides between namesakes.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show how topics of one version are shared among the topics of another."""
    left, right = load_rubricator(source), load_rubricator(target)
    if data is not None:
        from otklik.datasets.crosswalk_coverage import coverage_of_labels

        coverage = coverage_of_labels(data, left, right, label_column, group_column or None)
        print_facts(coverage, as_json=as_json)
        return
    topics = left.topics
    if topic:
        topics = (left.topic(topic) if topic in left else left.find(topic),)
    shares = {t.code: resolve_code(t.code, left.version, right.version) for t in topics}
    if as_json:
        print_json(shares)
        return
    rows = []
    for found in topics:
        for code, weight in shares[found.code].items():
            group = right.group(right.group_code(code))
            name = group.name if code == group.code else right.topic(code).name
            rows.append([found.code, found.name, f"{weight:.2f}", code, name])
    print_table([source, "topic", "share", target, "reaches"], rows)


@app.command("import", epilog="Example: otklik rubricator import classes.xlsx --version city-2027")
def import_(
    file: Annotated[Path, typer.Argument(help=".xlsx or .csv: group, topic, description.")],
    version: Annotated[str, typer.Option(help="Name of the new version.")],
    as_json: AsJson = False,
) -> None:
    """Install a rubricator of your own; known topics keep their codes."""
    from otklik.datasets.rubricator_import import import_rubricator

    found = import_rubricator(file, version)
    facts = {"version": found.version, "groups": len(found.groups), "topics": len(found.topics)}
    print_facts(facts, as_json=as_json)


def _show_versions(*, as_json: bool) -> None:
    found = [load_rubricator(version) for version in rubricator_versions()]
    if as_json:
        print_json(
            [{"version": r.version, "title": r.title, "topics": len(r.topics)} for r in found]
        )
        return
    rows = [[r.version, r.title, str(len(r.groups)), str(len(r.topics))] for r in found]
    print_table(["version", "title", "groups", "topics"], rows)


def _topic_facts(topic: Topic, rubricator: Rubricator) -> dict[str, Any]:
    pairs = rubricator.confused_with(topic.code)
    return {
        "code": topic.code,
        "name": topic.name,
        "group_code": topic.group.code,
        "group": topic.group.name,
        "aliases": list(topic.aliases),
        "importance": topic.importance,
        "hint": topic.hint,
        "phrases": list(topic.phrases),
        "confused_with": [{"code": twin.code, "question": question} for twin, question in pairs],
    }


def _rubricator_facts(rubricator: Rubricator) -> dict[str, Any]:
    return {
        "version": rubricator.version,
        "title": rubricator.title,
        "fingerprint": rubricator.fingerprint,
        "groups": [{"code": group.code, "name": group.name} for group in rubricator.groups],
        "topics": [_topic_facts(topic, rubricator) for topic in rubricator.topics],
    }
