"""Clusters of real messages against their topics: ours and what people run, on the same vectors.

Needs the real data sets (`--data`). Half of the texts is for tuning the rivals, the other half is
judged. «whole» is all messages at once, as people run it; «groups» is every group by itself, by
the true groups, and for ours also by groups that a linear model fitted on the first half guesses.
Within: the same agreement inside of every true group, by messages.

    python benchmarks/clusters.py [--data DATA] [--model var/models/student] [--rows 20000]
    python benchmarks/clusters.py --bundle var/models/default

In the store, messages have what a trained bundle said of them beside the vectors of its encoder.
With `--bundle` both are used, of texts alone that the bundle has not learned from: its calibration
part is for tuning, its test part is judged. Then the others are shown on the vectors alone, and on
both views side by side.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cluster_rivals as rivals
import numpy as np
from cluster_held import Messages, load_held
from cluster_quality import Coherence, agreement, agreement_within
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score

from otklik.datasets.clean import clean_html
from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.labelled import load_labelled
from otklik.datasets.settings import load_settings
from otklik.datasets.split import group_split
from otklik.models.encoder import Encoder
from otklik.pipelines.beliefs import both_views
from otklik.pipelines.cluster import cluster

SEED = 7
DATA = Path(__file__).parents[2] / "shared/data"
SETS = {"perm_im": ("group", "topic"), "spb_appeals": ("category", "reason")}


def load(data: Path, name: str, rows: int, model: Path) -> Messages:
    """Each text once; vectors are kept beside the settings' other files and used again."""
    table = load_labelled(data / f"{name}.csv.gz")
    columns = [table.column(column) for column in ("text", *SETS[name])]
    found = {clean_html(text): (group, topic) for text, group, topic in zip(*columns, strict=True)}
    texts = [text for text in found if text]
    order = np.random.default_rng(SEED).permutation(len(texts))[:rows]
    texts = [texts[row] for row in np.sort(order)]
    encoder = Encoder(model)
    kept = load_settings().var / "bench" / f"{name}-{len(texts)}-{encoder.version}.npy"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, encoder.encode(texts))
    groups, topics = zip(*(found[text] for text in texts), strict=True)
    return Messages(texts, list(groups), list(topics), np.load(kept))


def guess_groups(fitted: Messages, asked: Messages) -> list[str]:
    model = LogisticRegression(max_iter=300, C=10.0)
    return model.fit(fitted.vectors, fitted.groups).predict(asked.vectors).tolist()


def timed(run: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    begun = time.perf_counter()
    labels = np.asarray(run())
    return labels, time.perf_counter() - begun


def shuffled(judged: Messages, groups: Sequence[str]) -> tuple[float, bool]:
    """Adjusted Rand index of the same messages in another order, and whether numbers are equal."""
    labels = cluster(judged.vectors, groups, judged.beliefs)
    order = np.random.default_rng(SEED).permutation(len(labels))
    other = judged.part(order)
    again = cluster(other.vectors, [groups[row] for row in order], other.beliefs)
    return float(adjusted_rand_score(labels[order], again)), bool((labels[order] == again).all())


@dataclass(frozen=True, slots=True)
class Row:
    """What one way of clustering reached; `within` is the agreement inside of true groups."""

    title: str
    agreement: float
    within: float
    outliers: float
    clusters: int
    coherence: float
    seconds: float


def halves(messages: Messages) -> tuple[Messages, Messages]:
    """To tune on, and to be judged; near-copies on one side."""
    split = group_split(near_duplicate_groups(messages.texts), messages.topics, test=0.5, seed=SEED)
    return messages.part(split.train), messages.part(split.test)


def judge(
    fitted: Messages, judged: Messages, guessed: Sequence[str] | None = None
) -> Iterator[Row]:
    """Every way of clustering on the same vectors, one after another."""
    coherence = Coherence(judged.texts)
    runs = dict(_others(fitted, judged, fitted.vectors, judged.vectors))
    runs["ours, whole"] = lambda: cluster(judged.vectors)
    runs["ours, groups"] = lambda: cluster(judged.vectors, judged.groups)
    if guessed is not None:
        runs["ours, guessed groups"] = lambda: cluster(judged.vectors, guessed)
    if fitted.beliefs is not None and judged.beliefs is not None:
        views = [_both(part) for part in (fitted, judged)]
        runs |= {f"both views: {title}": run for title, run in _others(fitted, judged, *views)}
        said = judged.beliefs
        runs["both views: ours, whole"] = lambda: cluster(judged.vectors, None, said)
        runs["both views: ours, groups"] = lambda: cluster(judged.vectors, judged.groups, said)
    rivals.kmeans(judged.vectors[:500], [], judged.topics[:500])  # libraries compile on first use
    rivals.evoc(judged.vectors[:500], [], [])
    for title, run in runs.items():
        labels, seconds = timed(run)
        yield Row(
            title,
            agreement(judged.topics, labels),
            agreement_within(judged.topics, labels, judged.groups),
            float(np.mean(labels < 0)),
            len(set(labels[labels >= 0].tolist())),
            coherence(labels),
            seconds,
        )


def _both(messages: Messages) -> np.ndarray:
    """What our own engine sees, for those that take one matrix."""
    assert messages.beliefs is not None
    centred = messages.vectors - messages.vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return both_views(centred, messages.beliefs.plainest().toarray())


def _others(
    fitted: Messages, judged: Messages, tuned_on: np.ndarray, vectors: np.ndarray
) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """Runs of what people use, BERTopic tuned on the fitted part."""
    tuned, score = rivals.tune(tuned_on, fitted.topics)
    print(f"BERTopic tuned: {tuned}, AMI there {score:.3f}", file=sys.stderr, flush=True)
    arguments = (vectors, judged.texts, judged.topics)
    named = {
        "BERTopic": rivals.bertopic,
        "BERTopic, tuned": tuned,
        "EVoC": rivals.evoc,
        "k-means, true number": rivals.kmeans,
    }
    for title, rival in named.items():
        yield f"{title}, whole", partial(rival, *arguments)
    for title, rival in named.items():
        if title != "BERTopic":  # its default makes no topics of small groups
            alone = rivals.within_blocks(rival)
            yield f"{title}, groups", partial(alone, *arguments, judged.groups)


def show(
    name: str, fitted: Messages, judged: Messages, guessed: Sequence[str] | None = None
) -> None:
    """Print the table of one data set."""
    print(
        f"\n{name}: {len(fitted.texts)} to tune on, {len(judged.texts)} judged,"
        f" {len(set(judged.groups))} groups, {len(set(judged.topics))} topics"
    )
    if guessed is not None:
        right = np.mean([a == b for a, b in zip(guessed, judged.groups, strict=True)])
        print(f"groups guessed right {right:.3f}")
    columns = ("AMI", "within", "outliers", "clusters", "NPMI", "seconds")
    print(f"{'':<42}" + "".join(f"{column:>10}" for column in columns))
    for row in judge(fitted, judged, guessed):
        print(
            f"{row.title:<42}{row.agreement:>10.3f}{row.within:>10.3f}{row.outliers:>10.3f}"
            f"{row.clusters:>10}{row.coherence:>10.3f}{row.seconds:>10.1f}",
            flush=True,
        )
    index, equal = shuffled(judged, judged.groups)
    print(f"ours, shuffled: adjusted Rand {index:.3f}, numbers {'equal' if equal else 'DIFFER'}")


def main() -> None:
    settings = load_settings()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--model", type=Path, default=settings.var / "models/student")
    parser.add_argument("--rows", type=int, default=20_000, help="texts of a set at the most")
    parser.add_argument("--bundle", type=Path, help="built: vectors and answers of its held texts")
    parser.add_argument("--sets", default=",".join(SETS))
    arguments = parser.parse_args()
    if not (arguments.data / "perm_im.csv.gz").is_file():
        sys.exit(f"{arguments.data} does not hold the data sets; name their folder with --data.")
    warnings.filterwarnings("ignore")  # of the rivals' libraries
    for name in arguments.sets.split(","):
        if arguments.bundle is not None:
            show(name, *load_held(arguments.data, name, arguments.bundle, arguments.rows))
            continue
        fitted, judged = halves(load(arguments.data, name, arguments.rows, arguments.model))
        guessed = guess_groups(fitted, judged)
        show(f"{name}, {arguments.model.name}", fitted, judged, guessed)


if __name__ == "__main__":
    main()
