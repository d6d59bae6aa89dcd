"""How fast a made-up city is written, in CPU time of one core.

    python benchmarks/city.py [--messages 50000] [--seed 1] [--json]

`made` is messages with answers and truth in memory; `to file` adds the CSV and the truth as JSON.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from otklik.datasets.city_file import write_city, write_truth
from otklik.datasets.synthetic_city import make_city

WARM_UP = 500


def figures(seed: int, n_messages: int) -> dict[str, Any]:
    """Messages a second, after the phrase tables have been read once."""
    start = time.process_time()
    make_city(seed, WARM_UP)
    tables_s = time.process_time() - start
    start = time.process_time()
    city = make_city(seed, n_messages)
    made_s = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        write_city(city.messages, Path(folder, "city.csv"))
        write_truth(city.truth, Path(folder, "truth.json"))
        size_mb = Path(folder, "city.csv").stat().st_size / 1e6
    whole_s = time.process_time() - start
    texts = {message.text.casefold() for message in city.messages}
    return {
        "messages": n_messages,
        "made_per_s": round(n_messages / made_s),
        "to_file_per_s": round(n_messages / whole_s),
        "first_500_s": round(tables_s, 2),
        "csv_mb": round(size_mb, 1),
        "distinct_texts": round(len(texts) / n_messages, 3),
    }


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = figures(options.seed, options.messages)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"made      {result['made_per_s']:>8,} messages/s")
    print(f"to file   {result['to_file_per_s']:>8,} messages/s ({result['csv_mb']} MB)")
    print(f"phrase tables and the first {WARM_UP}: {result['first_500_s']} s")
    print(f"distinct texts: {result['distinct_texts']:.1%} of {result['messages']:,}")


if __name__ == "__main__":
    main()
