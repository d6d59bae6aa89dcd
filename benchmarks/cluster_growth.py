"""Time and memory of clustering as messages grow in number.

    python benchmarks/cluster_growth.py [--sizes 5000,50000,500000] [--groups 1] [--vectors FILE]

Vectors are jittered copies of those in `--vectors` (a .npy file), else made up: 3,000 subjects of
very unequal size in 384 dimensions, crowded together as an encoder's are. Every size runs in a
process of its own; memory is the most that it held, its vectors included. The slope is that of the
CPU time of all threads, so that a busy machine does not bend it.
"""

import argparse
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from otklik.pipelines.cluster import cluster

SEED = 7
SUBJECTS, DIM = 3000, 384
SPREAD, JITTER, COMMON = 0.8, 0.45, 2.0


def make_vectors(rows: int, source: Path | None) -> np.ndarray:
    """float32 of shape (rows, dim), rows L2-normalised; no two of them equal."""
    rng = np.random.default_rng(SEED)
    if source is not None:
        base = np.load(source)
        chosen = rng.integers(len(base), size=rows)
        vectors = base[chosen]
        length = JITTER * np.linalg.norm(base - base.mean(axis=0), axis=1).mean()
    else:
        shares = rng.pareto(1.2, SUBJECTS) + 0.1
        subjects = rng.standard_normal((SUBJECTS, DIM), dtype=np.float32) / DIM**0.5
        subjects[:, 0] += COMMON
        vectors = subjects[rng.choice(SUBJECTS, size=rows, p=shares / shares.sum())]
        length = SPREAD
    noise = rng.standard_normal(vectors.shape, dtype=np.float32)
    vectors += np.float32(length / vectors.shape[1] ** 0.5) * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def run(rows: int, groups: int, source: Path | None) -> tuple[float, float, float, int, float]:
    """Seconds, CPU seconds, GiB, clusters and share of outliers."""
    vectors = make_vectors(rows, source)
    blocks = [f"группа {row % groups}" for row in range(rows)] if groups > 1 else None
    cluster(vectors[:100])  # imports
    begun, used = time.perf_counter(), time.process_time()
    labels = cluster(vectors, blocks)
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return seconds, used, memory, int(labels.max()) + 1, float((labels < 0).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="5000,50000,500000")
    parser.add_argument("--groups", type=int, default=1, help="rows are dealt out to them in turn")
    parser.add_argument("--vectors", type=Path)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    print(f"{'messages':>10}{'seconds':>10}{'CPU s':>10}{'GiB':>8}{'clusters':>10}{'outliers':>10}")
    spent = []
    for size in sizes:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            took, used, memory, clusters, outliers = pool.submit(
                run, size, arguments.groups, arguments.vectors
            ).result()
        spent.append(used)
        print(
            f"{size:>10}{took:>10.1f}{used:>10.1f}{memory:>8.2f}{clusters:>10}{outliers:>10.3f}",
            flush=True,
        )
    if len(sizes) > 1:
        slope = np.polyfit(np.log(sizes), np.log(spent), 1)[0]
        print(f"log-log slope of the CPU time {slope:.2f}")


if __name__ == "__main__":
    main()
