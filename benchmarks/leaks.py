"""Keys of training texts: false alarms on a clean split, and what of a leak they find.

    python benchmarks/leaks.py FILE TEXT_COLUMN LABEL_COLUMN [--rows 25000]

The split keeps near-duplicates on one side, so every hold-out text that is found is a false alarm.
The leak: training texts that lost one word, handed in as a hold-out.
"""

import argparse
import random
import tempfile
from pathlib import Path

from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.labelled import load_labelled
from otklik.datasets.split import group_split
from otklik.training.seen import NAME, seen_of

LEAKED = 3000


def without_a_word(text: str, draw: random.Random) -> str:
    words = text.split()
    if len(words) > 3:
        del words[draw.randrange(len(words))]
    return " ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("text")
    parser.add_argument("label")
    parser.add_argument("--rows", type=int, default=25_000)
    given = parser.parse_args()
    table = load_labelled(given.file)
    texts = table.column(given.text)[: given.rows]
    labels = table.column(given.label)[: given.rows]
    split = group_split(near_duplicate_groups(texts), labels, test=0.1, seed=7)
    train = [texts[row] for row in split.train]
    draw = random.Random(7)
    seen = seen_of(train)
    with tempfile.TemporaryDirectory() as folder:
        seen.save(Path(folder))
        size = (Path(folder) / NAME).stat().st_size
    same, alike = seen.find([texts[row] for row in split.test])
    _, leaked = seen.find([without_a_word(text, draw) for text in train[:LEAKED]])
    print(f"{given.file.name}: {len(train)} training texts, {size / len(train):.1f} bytes each")
    print(f"clean split: same {same.mean():.2%}, alike {alike.mean():.2%}")
    print(f"leak with one word less: found {leaked.mean():.1%}")


if __name__ == "__main__":
    main()
