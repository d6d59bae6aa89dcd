"""An audit on the screen."""

from collections.abc import Iterable

from rich.markup import escape

from otklik.datasets.audit import Audit, LabelReport
from otklik.datasets.audit_labels import RARE_ROWS, Conflicts
from otklik.datasets.audit_suspects import Suspects
from otklik.datasets.audit_texts import VERY_LONG_CHARS
from otklik.pipelines.console import out, print_facts, print_table

SHOWN_SUSPECTS = 20


def print_audit(audit: Audit) -> None:
    """Write every part of an audit for people."""
    texts, repeats, near = audit.texts, audit.exact_repeats, audit.near_repeats
    facts = {
        "rows": audit.rows,
        "unreadable rows": audit.unreadable,
        "characters": _named(texts.chars),
        "empty texts": texts.empty,
        f"over {VERY_LONG_CHARS} characters": texts.very_long,
        "upper-case texts": _part(texts.upper_case, audit.rows),
        "languages": _named(texts.languages),
        "placeholders": _named(texts.placeholders),
        "texts with personal data": _part(audit.personal_data.texts, audit.rows),
        "kinds of personal data": _named(audit.personal_data.kinds),
        "repeated texts": f"{repeats.texts} in {repeats.rows} rows, most {repeats.largest}",
        "near-duplicates": f"{near.texts} groups in {near.rows} rows, most {near.largest}",
    }
    print_facts(facts, as_json=False)
    for name, report in audit.labels.items():
        _print_labels(name, report)
    if audit.suspects is not None:
        _print_suspects(audit.suspects)


def _print_labels(name: str, report: LabelReport) -> None:
    balance, noise = report.balance, report.noise
    out.print(f"\n[bold]{name}[/bold]")
    facts = {
        "labels": balance.classes,
        "rows without label": balance.unlabelled,
        "entropy": f"{balance.entropy} bits, {balance.evenness:.0%} of even classes",
        f"labels under {RARE_ROWS} rows": f"{balance.rare_classes} with {balance.rare_rows} rows",
        "repeated, other label": _conflicts(report.exact_conflicts),
        "near-duplicate, other label": _conflicts(report.near_conflicts),
    }
    if noise is not None:
        facts["wrong labels among repeated"] = (
            f"{noise.error:.1%} ({noise.low:.1%}–{noise.high:.1%}), an estimate for them alone"
        )
    print_facts(facts, as_json=False)
    sizes = [*balance.head.items(), *balance.tail.items()]
    print_table(["label", "rows"], _cells(sizes), "Largest and smallest")
    if report.exact_conflicts.conflicting:
        conflicts = report.exact_conflicts
        print_table(
            ["label", "other label", "texts"], _cells(conflicts.pairs), "One text, two labels"
        )
        print_table(
            ["first line", "rows", "labels"], _cells(conflicts.worst), "Texts of most labels"
        )


def _print_suspects(suspects: Suspects) -> None:
    out.print("\n[bold]suspicious labels[/bold]")
    print_facts({"found": _part(len(suspects.rows), suspects.judged)}, as_json=False)
    print_table(["label", "rather", "rows"], _cells(suspects.pairs))
    shown = suspects.rows[:SHOWN_SUSPECTS]
    rows = [(row.line, row.label, row.suggested, row.support) for row in shown]
    print_table(["line", "label", "rather", "support"], _cells(rows), "The worst")


def _conflicts(conflicts: Conflicts) -> str:
    return f"{conflicts.conflicting} of {conflicts.repeated} texts"


def _cells(rows: Iterable[tuple[object, ...]]) -> list[list[str]]:
    return [[escape(str(cell)) for cell in row] for row in rows]


def _named(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _part(count: int, of: int) -> str:
    return f"{count} ({count / of:.1%})" if of else str(count)
