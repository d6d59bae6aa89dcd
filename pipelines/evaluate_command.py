"""`otklik evaluate`: judge a head of a bundle on labelled messages."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otklik.pipelines.console import out, print_facts, print_table, progress

if TYPE_CHECKING:
    from otklik.training.resample import Realised

EXAMPLES = (
    "Example: otklik evaluate var/models/default --data posts.csv --label-column topic "
    "--head perm_topic --json judged.json"
)
NAMES = {
    "accuracy": "accuracy",
    "weighted_f1": "weighted F1",
    "macro_f1": "macro F1",
    "top_3": "top-3 accuracy",
    "coverage_90": "coverage at 90 % precision",
    "coverage_95": "coverage at 95 % precision",
    "augrc": "AUGRC",
    "ece": "ECE, 15 equal widths",
    "ece_mass": "ECE, 15 equal masses",
}
MOST_UNKNOWN = 10
ALPHAS = (0.03, 0.05, 0.10)


def evaluate(
    bundle: Annotated[
        str, typer.Argument(help="Folder of a built bundle, or its name: champion, otklik/3.")
    ],
    data: Annotated[Path, typer.Option(help="Labelled table of any kind that import reads.")],
    label_column: Annotated[str, typer.Option(help="Column of the labels.")],
    head: Annotated[str, typer.Option(help="Head to judge: im_2026, perm_topic, sentiment, ….")],
    text_column: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
    crosswalk: Annotated[
        str | None, typer.Option(help="Rubricator version that the labels belong to.")
    ] = None,
    mask: Annotated[bool, typer.Option(help="Mask texts first; off only for masked ones.")] = True,
    windows: Annotated[
        int,
        typer.Option(
            help="Draw so many windows and count what automatic answers would have got wrong."
        ),
    ] = 0,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the result to this file as JSON.")
    ] = None,
) -> None:
    """Judge one head: accuracy, F1, top-3, coverage, calibration, with intervals and by slice."""
    from otklik.models.predictor import load_predictor
    from otklik.models.registered import resolve_bundle
    from otklik.training.evaluate import evaluate_table
    from otklik.training.resample import realised_errors

    predictor = load_predictor(resolve_bundle(bundle))
    with progress(f"judging {head}") as bar:
        report, judged = evaluate_table(
            predictor,
            data,
            head,
            text_column=text_column,
            label_column=label_column,
            crosswalk=crosswalk,
            mask=mask,
            advance=bar.advance,
        )
        table = realised_errors(judged, ALPHAS, windows=windows) if windows else []
    facts = {"bundle": predictor.bundle.version, "head": head, **report.as_dict()}
    if windows:
        facts["windows"] = [line.as_dict() for line in table]
    if json_out is not None:
        text = json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
        json_out.write_text(text, encoding="utf-8")
    print_facts({"head": head, "rows": report.rows}, as_json=False)
    print_table(
        ["figure", "value", "95 % interval"],
        [
            [NAMES[name], f"{one.value:.3f}", f"{one.low:.3f} – {one.high:.3f}"]
            for name, one in report.scores.items()
        ],
    )
    if table:
        print_table(
            ["drift", "α", "kept α", "kept, of those that sent", "mean error", "sent", "refused"],
            [_window_row(line) for line in table if line.method == "certified"],
            title=f"automatic answers, {windows} windows of up to 1,000 messages",
        )
    if report.unknown:
        named = list(report.unknown.items())[:MOST_UNKNOWN]
        listed = ", ".join(f"{label} ({rows})" for label, rows in named)
        more = len(report.unknown) - len(named)
        out.print(
            f"labels that the head does not know: {sum(report.unknown.values())} rows, "
            f"{len(report.unknown)} labels: {listed}{f' and {more} more' if more > 0 else ''}",
            markup=False,
            soft_wrap=True,
        )


def _window_row(line: "Realised") -> list[str]:
    sent = "" if line.kept_sent is None else f"{line.kept_sent:.3f}"
    return [
        line.drift,
        f"{line.alpha:.0%}",
        f"{line.kept:.3f}",
        sent,
        f"{line.error:.4f}",
        f"{line.coverage:.3f}",
        f"{line.refused:.3f}",
    ]
