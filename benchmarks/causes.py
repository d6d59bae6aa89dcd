"""Statements of cause: F1 on own labelled sentences, and texts per second.

    python benchmarks/causes.py [--json]

"held-out" was written before the grammar and no rule was ever tuned on it; "development" was.
Presence counts a statement that touches the labelled words, class one that also has their class.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.cause_score import SIDES, Labelled, read_labelled, score
from otklik.pipelines.cause_statements import find_statements

CASES = Path(__file__).parents[1] / "tests" / "cases"
TABLES = {"development": "cause_statements.tsv", "held-out": "cause_statements_blind.tsv"}
FLOORS = {"presence": 0.80, "class": 0.75}
SEED, N_MESSAGES = 7, 4000


def run() -> list[dict[str, Any]]:
    """Rows of the benchmark, each with what was measured and whether it holds."""
    rows = []
    for part, name in TABLES.items():
        sentences = read_labelled(CASES / name)
        rows.append(_row(part, "both", sentences))
        for side in SIDES:
            rows.append(_row(part, side, [one for one in sentences if one.side == side]))
    rows.append(_speed())
    return rows


def _row(part: str, side: str, sentences: list[Labelled]) -> dict[str, Any]:
    counted = score(sentences)
    return {
        "part": part,
        "side": side,
        "sentences": len(sentences),
        "causes": counted.expected,
        "precision": round(counted.precision, 3),
        "recall": round(counted.recall, 3),
        "presence_f1": round(counted.presence_f1, 3),
        "class_f1": round(counted.class_f1, 3),
        "holds": counted.presence_f1 >= FLOORS["presence"] and counted.class_f1 >= FLOORS["class"],
    }


def _speed() -> dict[str, Any]:
    """Seconds of CPU time for 50,000 messages with an answer each, from a made-up city."""
    messages = make_city(SEED, N_MESSAGES).messages
    find_statements(messages[0].text)
    start = time.process_time()
    answers = 0
    for message in messages:
        find_statements(message.text)
        for answer in message.answers:
            find_statements(answer.text)
            answers += 1
    spent = time.process_time() - start
    seconds = spent / (len(messages) + answers) * 100_000
    return {"part": "speed", "texts": len(messages) + answers, "seconds_for_100k": round(seconds)}


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = run()
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
