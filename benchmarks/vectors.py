"""What vectors of several encoders are worth: one table, one run, the same texts.

Needs the real data sets (`--data`): texts with topics, appeals with their official answers.

    python benchmarks/vectors.py --data DATA var/models/base:fp32 var/models/base var/models/student

The first encoder is the reference for cosine and neighbours.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.labelled import load_labelled
from otklik.datasets.split import group_split
from otklik.models.encoder import Encoder
from otklik.models.normalise import normalise_many
from otklik.training.vectors import (
    centred,
    clusters_agreement,
    overlap,
    probe,
    purity,
    retrieval,
)

SEED = 7
MESSAGES, LABELLED, PAIRS = 5000, 5000, 1000


def sample(rows: int, most: int, seed: int = SEED) -> np.ndarray:
    """Row numbers, ascending."""
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most])


def load_posts(folder: Path) -> tuple[list[str], list[str]]:
    """Posts of Perm, each text once, with their topics."""
    table = load_labelled(folder / "perm_im.csv.gz")
    pairs = dict(zip(table.column("text"), table.column("topic"), strict=True))
    return normalise_many(list(pairs)), list(pairs.values())


def load_pairs(folder: Path) -> tuple[list[str], list[str]]:
    """Appeals and the final answers to them; no answer text twice."""
    appeals = load_labelled(folder / "spb_appeals.csv.gz")
    texts = dict(zip(appeals.column("id"), appeals.column("text"), strict=True))
    answers = load_labelled(folder / "spb_answers.csv.gz")
    found: dict[str, str] = {}
    for number, body in zip(answers.column("id"), answers.column("body"), strict=True):
        if len(texts.get(number, "")) > 40 and len(body) > 80:
            found.setdefault(body, number)
    rows = sample(len(found), PAIRS)
    bodies = [list(found)[row] for row in rows]
    return normalise_many([texts[found[b]] for b in bodies]), normalise_many(bodies)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "models", nargs="+", help="folder, or folder:runtime; the first is judged by"
    )
    arguments = parser.parse_args()
    if not (arguments.data / "perm_im.csv.gz").is_file():
        sys.exit(f"{arguments.data} does not hold the data sets; name their folder with --data.")
    posts, topics = load_posts(arguments.data)
    questions, answers = load_pairs(arguments.data)
    split = group_split(near_duplicate_groups(posts), topics, test=0.2, seed=SEED)
    some = sample(len(posts), LABELLED)
    own = [topics[row] for row in some]
    reference = None
    print(f"{len(posts)} posts, {len(set(topics))} topics, {len(questions)} pairs; seed {SEED}")
    columns = ("cosine", "5 %", "top-10", "probe F1", "purity", "c. purity", "AMI", "R@1", "MRR")
    print(f"{'encoder':<34}" + "".join(f"{name:>10}" for name in columns) + "   texts/s")
    for model in arguments.models:
        name, _, runtime = model.partition(":")
        encoder = Encoder(Path(name), runtime or "int8")
        encoder.encode(posts[:64])
        begun = time.perf_counter()
        vectors = encoder.encode(posts)
        speed = len(posts) / (time.perf_counter() - begun)
        first = encoder.encode(questions)
        second = encoder.encode(answers)
        part = vectors[some]
        reference = part if reference is None else reference
        cosine = (
            (part * reference).sum(axis=1) if part.shape == reference.shape else np.full(1, np.nan)
        )
        pair = retrieval(centred(first), centred(second))
        row = (
            float(cosine.mean()),
            float(np.percentile(cosine, 5)),
            overlap(part, reference),
            probe(vectors, topics, split),
            purity(part, own),
            purity(centred(part), own),
            clusters_agreement(centred(part), own, seed=SEED),
            pair.first,
            pair.reciprocal_rank,
        )
        print(
            f"{model[-34:]:<34}" + "".join(f"{value:>10.3f}" for value in row) + f"{speed:>10.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
