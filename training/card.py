"""The model card that lies beside a bundle: what it answers, what it learned from, how well."""

from collections.abc import Mapping, Sequence

from otklik.training.config import Preset
from otklik.training.examples import CALIBRATION, TEST, TRAIN, Examples
from otklik.training.metrics import Report
from otklik.training.targets import Target

FIGURES = {
    "accuracy": "accuracy",
    "weighted_f1": "weighted F1",
    "macro_f1": "macro F1",
    "top_3": "top-3",
    "coverage_95": "sent at 95 % precision",
    "ece": "ECE",
}

LIMITS = """\
- Learned from three Russian regions of 2020 to 2023. Topics that none of them has are known from
  the rubricator's names, hints and phrases alone; expect the right group more often than the topic.
- Labels of Incident Management are noisy: of texts that were filed twice, more than a third carry
  two topics. No model can agree with both.
- Topics of the default rubricator were mostly reached through crosswalks; where one label stands
  for several topics, the share of each is one reader's estimate.
- Sentiment is shown to staff; it must not decide who is answered first.
- Whether a message is an appeal in the sense of the law is a fact of its filing. No head says so.
- Automatic routing is certified on messages like those of the calibration window. In another city
  judge first: `otklik evaluate`, then label, train, promote.
"""


def card(
    preset: Preset,
    examples: Examples,
    targets: Sequence[Target],
    reports: Mapping[str, Report],
) -> str:
    """Markdown of the card; equal trainings give equal text."""
    sides = [f"{name} {int((examples.sides == side).sum())}" for name, side in SIDES.items()]
    return "\n".join(
        [
            f"# {preset.name}",
            "",
            f"Rubricator `{preset.rubricator}`, data `{examples.fingerprint}`, seed {preset.seed}. "
            f"Texts: {', '.join(sides)}; near-duplicates on one side, where a set has times the "
            "later part is the test.",
            "",
            "## Figures",
            "",
            "On the test side, with the int8 encoder; in brackets the 95 % interval of a bootstrap "
            "over groups of near-duplicates.",
            "",
            *_table(targets, reports),
            "",
            "## Data",
            "",
            "| set | channel | heads | licence |",
            "|---|---|---|---|",
            *(
                f"| `{part.file}` | {part.source} | {', '.join(part.heads)} "
                f"| {part.licence or 'not stated'} |"
                for part in preset.sets
            ),
            "",
            "No text is contained: weights, and keys from which none can be read "
            "(`training_keys.bin`).",
            "",
            "## Limits",
            "",
            LIMITS,
        ]
    )


SIDES = {"training": TRAIN, "calibration": CALIBRATION, "test": TEST}


def _table(targets: Sequence[Target], reports: Mapping[str, Report]) -> list[str]:
    lines = [
        f"| head | classes | rows | {' | '.join(FIGURES.values())} |",
        "|---|---|---|" + "---|" * len(FIGURES),
    ]
    for target in targets:
        report = reports.get(target.head)
        if report is None:
            lines.append(f"| {target.head} | {len(target.classes)} | 0 |" + " |" * len(FIGURES))
            continue
        figures = []
        for name in FIGURES:
            one = report.scores.get(name)
            figures.append("" if one is None else f"{one.value:.3f} ({one.low:.3f}–{one.high:.3f})")
        lines.append(
            f"| {target.head} | {len(target.classes)} | {report.rows} | {' | '.join(figures)} |"
        )
    return lines
