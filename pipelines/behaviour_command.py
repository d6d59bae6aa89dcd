"""`otklik behaviour`: try a bundle on our own lines, and on small changes of them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otklik.pipelines.console import print_table, progress

if TYPE_CHECKING:
    from otklik.datasets.rubricator import Rubricator
    from otklik.models.predictor import Predictor
    from otklik.training.behaviour import BehaviourTable, Classify, Heads

EXAMPLES = "Example: otklik behaviour var/models/default --baseline --json behaviour.json"
MOST_RANKS = 5


def behaviour(
    bundle: Annotated[
        str, typer.Argument(help="Folder of a built bundle, or its name: champion, otklik/3.")
    ],
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Put TF-IDF on the rubricator's words beside it.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Chooses typos, greetings and the like.")] = 7,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the table, by group too, to this file.")
    ] = None,
) -> None:
    """Count failures of a bundle: own lines, changes that must not matter, additions that must."""
    from otklik.datasets.rubricator_versions import load_rubricator
    from otklik.models.predictor import load_predictor
    from otklik.models.registered import resolve_bundle
    from otklik.training.behaviour import run_behaviour
    from otklik.training.suite_lines import load_suite

    predictor = load_predictor(resolve_bundle(bundle))
    rubricator = load_rubricator(predictor.bundle.facts["rubricator"])
    suite = load_suite(rubricator)
    with progress("trying") as step:
        classify = answering(predictor, rubricator, step.advance)
        table = run_behaviour(classify, suite, rubricator, seed)
        rival = _baseline(rubricator, seed) if baseline else None
    if json_out is not None:
        document = {"bundle": predictor.bundle.version, **table.to_json(rival)}
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        json_out.write_text(text, encoding="utf-8")
    _print(table, rival)


def answering(
    predictor: "Predictor",
    rubricator: "Rubricator",
    advance: Callable[[int], None] = lambda _texts: None,
) -> "Classify":
    """Give a predictor the shape that behaviour tests ask for, with the heads that they read."""
    from otklik.models.classifier import GROUP, rubricator_head
    from otklik.models.normalise import Normaliser
    from otklik.training.behaviour import KIND, SENTIMENT

    topic = rubricator_head(rubricator.version)
    heads = [name for name in (topic, topic + GROUP, SENTIMENT, KIND) if name in predictor.heads]
    normalise = Normaliser(mask=False)  # the suite names nobody

    def classify(texts: Sequence[str]) -> list["Heads"]:
        if not texts:
            return []
        found = predictor.probabilities(list(normalise(texts)), heads)
        advance(len(texts))
        ranked = predictor.rank(found, MOST_RANKS)
        return [{head: one.ranked for head, one in answers.items()} for answers in ranked]

    return classify


def _baseline(rubricator: "Rubricator", seed: int) -> "BehaviourTable":
    from otklik.training.behaviour import run_behaviour
    from otklik.training.behaviour_baseline import linear_classifier
    from otklik.training.examples import hint_examples
    from otklik.training.suite_lines import load_suite

    texts, topics = zip(*hint_examples(rubricator.version), strict=True)
    rival = linear_classifier(texts, topics, rubricator)
    return run_behaviour(rival, load_suite(rubricator), rubricator, seed)


def _print(table: "BehaviourTable", rival: "BehaviourTable | None") -> None:
    from otklik.training.behaviour import ALL

    rows = []
    for row in table.rows:
        if row.group == ALL:
            other = rival.find(row.test, row.head) if rival else None
            interval = f"{row.low:.3f} – {row.high:.3f}"
            beside = f"{other.rate:.3f}" if other else ""
            cells = [row.test, row.head, str(row.lines), f"{row.rate:.3f}", interval, beside]
            rows.append(cells)
    print_table(["test", "head", "lines", "failed", "95 % interval", "TF-IDF"], rows)
