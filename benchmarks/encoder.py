"""How fast texts become vectors, beside what people run: `python benchmarks/encoder.py`.

    python benchmarks/encoder.py [--model DIR] [--rival DIR] [--threads N] [--quick] [--json]

One message of 40 and of 200 tokens (median latency, tokenising included) and a mix whose lengths
are spread as those of a region's real messages (lognormal: median 46 tokens, mean 67, 90 % below
136, 99 % below 350). Contenders take turns, so that a busy machine is unfair to none. Rivals
run the base, which is what people run; ours is the student that ships, and the base in int8 beside
it. Cold start and memory are those of a fresh
process with nothing but our encoder. The peak is the best of a large matrix product through
OpenVINO; the share counts the multiplications of real tokens, not of padding.
"""

import argparse
import json
import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from otklik.datasets.settings import load_settings
from otklik.models.encoder import Encoder
from otklik.models.manifest import read_manifest
from otklik.models.offline import import_openvino
from otklik.models.runtime import cores
from otklik.models.tokens import Tokens
from otklik.models.weights import read_shape

WORDS = """
на улице во дворе третий день нет воды света тепла не вывозят мусор яма дорога автобус
остановка школа садик поликлиника очередь подъезд крыша течёт фонарь не горит собаки
парковка снег лёд тротуар прошу принять меры когда сделают ответьте пожалуйста жители дома
"""
MEDIAN, SPREAD = 46, 0.846
FEWEST, MOST = 6, 500
TEXTS, ROUNDS = 128, 3
SINGLE = {"1 x 40": 40, "1 x 200": 200}
MIX = "mix"
PEAK_SIDE = 2048
COLD = """
import time; begun = time.perf_counter()
from pathlib import Path
from otklik.models.encoder import Encoder
encoder = Encoder(Path({folder!r}), "int8", threads=1, streams={streams})
encoder.encode(["Третий день нет воды на улице Садовой, когда починят?"])
cold = time.perf_counter() - begun
encoder.warm_up()
warm = time.perf_counter() - begun
encoder.encode({texts!r})
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(cold, warm, *(int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")))
"""


def make_texts(tokens: Tokens, lengths: Sequence[int], rng: random.Random) -> list[str]:
    """Texts of so many tokens each, prefix and special tokens included."""
    empty = len(tokens([""])[0])
    cost = {word: len(tokens([word])[0]) - empty for word in WORDS.split()}
    texts = []
    for length in lengths:
        words, room = [], length - empty
        while room >= min(cost.values()):
            word = rng.choice([word for word, size in cost.items() if size <= room])
            words.append(word)
            room -= cost[word]
        texts.append(" ".join(words))
    return texts


def make_mix(tokens: Tokens, number: int) -> list[str]:
    """Texts as long as real messages are, in no order."""
    normal = statistics.NormalDist(np.log(MEDIAN), SPREAD)
    lengths = [np.exp(normal.inv_cdf((place + 0.5) / number)) for place in range(number)]
    lengths = np.clip(np.rint(lengths), FEWEST, MOST).astype(int)
    np.random.default_rng(7).shuffle(lengths)
    return make_texts(tokens, lengths.tolist(), random.Random(7))


def seconds(work: Callable[[], object], repeats: int = 1) -> float:
    """Wall time of one call, the median of some."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


class Ours:
    """Our encoder: all threads for a single text, a stream each for many."""

    def __init__(self, folder: Path, runtime: str, threads: int) -> None:
        self._single = Encoder(folder, runtime, threads=threads, streams=1)
        self._many = Encoder(folder, runtime, threads=1, streams=threads)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        return (self._single if len(texts) == 1 else self._many).encode(texts)


def measure(
    contenders: dict[str, Callable[[], Any]], texts: dict[str, list[str]], rounds: int
) -> list[dict[str, Any]]:
    """A row for each contender: milliseconds of single texts, texts a second of the mix."""
    opened = {name: open_one() for name, open_one in contenders.items()}
    taken: dict[tuple[str, str], list[float]] = {}
    for encode in opened.values():
        for case in SINGLE:
            encode(texts[case][:1])
        encode(texts[MIX][: len(texts[MIX]) // 2])
    for _ in range(rounds):
        for name, encode in opened.items():
            for case in SINGLE:
                singles = [seconds(lambda t=text, e=encode: e([t])) for text in texts[case]]
                taken.setdefault((name, case), []).extend(singles)
            many = seconds(lambda e=encode: e(texts[MIX]))
            taken.setdefault((name, MIX), []).append(many)
    middle = {key: statistics.median(values) for key, values in taken.items()}
    baseline, ordered = list(opened)[:2]
    return [
        {
            "encoder": name,
            **{f"{case}, ms": round(1000 * middle[name, case], 1) for case in SINGLE},
            **{f"{case}, ratio": round(middle[baseline, case] / middle[name, case], 2)
               for case in SINGLE},
            "mix, texts/s": round(len(texts[MIX]) / middle[name, MIX], 1),
            "ratio": round(middle[baseline, MIX] / middle[name, MIX], 2),
            "to sorted": round(middle[ordered, MIX] / middle[name, MIX], 2),
        }
        for name in opened
    ]  # fmt: skip


def measure_peak(precision: str, threads: int) -> float:
    """Operations a second (an addition or a multiplication each) of a large matrix product."""
    ov = import_openvino()
    op, side = ov.opset15, PEAK_SIDE
    rng = np.random.default_rng(7)
    left = op.parameter([side, side], np.float32)
    right = rng.integers(-127, 128, (side, side))
    if precision == "int8":
        ends = (np.float32(-4), np.float32(4))
        rows = op.fake_quantize(left, *ends, *ends, 256)
        scale = np.full((side, 1), 0.01, dtype=np.float32)
        columns = op.multiply(op.convert(op.constant(right.astype(np.int8)), "f32"), scale)
    else:
        rows, columns = left, op.constant(right.astype(np.float32))
    graph = ov.Model([op.matmul(rows, columns, False, True)], [left], "peak")
    hint = {"int8": "f32", "fp32": "f32", "bf16": "bf16"}[precision]
    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
    compiled = ov.Core().compile_model(graph, "CPU", {**settings, "INFERENCE_PRECISION_HINT": hint})
    request = compiled.create_infer_request()
    values = rng.standard_normal((side, side)).astype(np.float32)
    request.infer([values])
    return 2 * side**3 / min(seconds(lambda: request.infer([values])) for _ in range(5))


def work_of(folder: Path, tokens: Tokens, texts: Sequence[str]) -> float:
    """Operations that the matrix products of texts' real tokens take."""
    shape = read_shape(folder)
    inner = json.loads((folder / "config.json").read_text())["intermediate_size"]
    weights = shape.layers * (4 * shape.dim**2 + 2 * shape.dim * inner)
    own = [len(ids) for ids in tokens(texts)]
    scores = sum(2 * shape.layers * shape.dim * length**2 for length in own)
    return 2.0 * (weights * sum(own) + scores)


def measure_cold(folder: Path, threads: int, texts: list[str], runs: int) -> dict[str, float]:
    """Start and memory of a fresh process."""
    code = COLD.format(folder=str(folder), streams=threads, texts=texts)
    found = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        found.append([float(word) for word in done.stdout.split()])
    cold, warm, memory, peak = (statistics.median(column) for column in zip(*found, strict=True))
    return {
        "cold start, s": round(cold, 2),
        "every length warm, s": round(warm, 2),
        "memory, MiB": round(memory),
        "memory at its peak, MiB": round(peak),
    }


def report_on(args: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Everything that is printed."""
    from encoder_rivals import make_rivals

    folder = args.model
    manifest = read_manifest(folder)
    tokens = Tokens(folder / "tokenizer.json", manifest.prefix)
    number, rounds = (24, 1) if args.quick else (TEXTS, ROUNDS)
    texts = {
        case: make_texts(tokens, [length] * (2 if args.quick else 8), random.Random(length))
        for case, length in SINGLE.items()
    }
    texts[MIX] = make_mix(tokens, number)
    rivals = make_rivals(args.rival, scratch, args.threads)
    if args.quick:
        rivals = dict(list(rivals.items())[:2])
    ours = {
        f"otklik {kind}": lambda kind=kind: Ours(folder, kind, args.threads)
        for kind in ("int8", "bf16")
    }
    if args.rival != folder:
        ours["otklik int8, base"] = lambda: Ours(args.rival, "int8", args.threads)
    rows = measure({**rivals, **ours}, texts, rounds)
    work = work_of(folder, tokens, texts[MIX]) / number
    speed = {row["encoder"]: row["mix, texts/s"] for row in rows}
    peaks = {kind: measure_peak(kind, args.threads) for kind in ("fp32", "bf16", "int8")}
    return {
        "threads": args.threads,
        "layers": {"ours": read_shape(folder).layers, "rivals": read_shape(args.rival).layers},
        "mix": {
            "texts": number,
            "mean tokens": round(statistics.mean(map(len, tokens(texts[MIX]))), 1),
        },
        "speed": rows,
        "process": measure_cold(folder, args.threads, texts[MIX], 1 if args.quick else 3),
        "peak, Gop/s": {kind: round(peak / 1e9) for kind, peak in peaks.items()},
        "share of the peak": {
            kind: round(speed[f"otklik {kind}"] * work / peaks[kind], 3)
            for kind in ("int8", "bf16")
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    models = load_settings().var / "models"
    parser.add_argument("--model", type=Path, default=models / "student", help="ours")
    parser.add_argument("--rival", type=Path, default=models / "base", help="what rivals run")
    parser.add_argument("--threads", type=int, default=cores(), help="of every contender")
    parser.add_argument("--quick", action="store_true", help="few texts, once, two rivals")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as scratch:
        report = report_on(args, Path(scratch))
    if args.json:
        json.dump(report, sys.stdout, ensure_ascii=False, indent=2)
        return
    rows = report.pop("speed")
    print(
        "  ".join(
            f"{name:>{max(len(name), 8)}}" for name in ["encoder" + " " * 15, *list(rows[0])[1:]]
        )
    )
    for row in rows:
        name, *values = row.items()
        print("  ".join([f"{name[1]:22}", *(f"{v:>{max(len(k), 8)}}" for k, v in values)]))
    for name, value in report.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    main()
