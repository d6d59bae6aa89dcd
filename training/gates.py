"""All gates that a candidate passes before it may answer citizens."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.errors import OtklikError
from otklik.models.bundle import Bundle
from otklik.models.predictor import Predictor, load_predictor
from otklik.training.answers import answer_holdout, hard_labels
from otklik.training.candidate import MIN_ROWS, check_contents, check_files, seen_by
from otklik.training.contest import (
    Difference,
    accuracy_gate,
    calibration_gate,
    common_gate,
    compare,
    labels_gate,
    slices_gate,
)
from otklik.training.gate import Gate, Verdict
from otklik.training.holdout import Holdout
from otklik.training.perturb import drop_letter, hit_neighbour, lower, swap_letters, upper
from otklik.training.slices import RARE, text_slices

Indices = npt.NDArray[np.int64]
Open = Callable[[Path], Predictor]
Clock = Callable[[], float]

MAX_RATIO = 1.25
"""How much longer than the champion a candidate may take for one message."""
PERTURBED_ROWS = 1000
_TIMED_TEXTS, _ROUNDS = 24, 5
_PROBES = 32


def _typo(text: str, random: Random) -> str:
    return random.choice((swap_letters, drop_letter, hit_neighbour))(text, random)


PERTURBATIONS = {"all upper case": upper, "all lower case": lower, "one typo": _typo}


def judge(
    folder: Path,
    champion_folder: Path | None,
    holdout: Holdout,
    *,
    registered: str | None = None,
    open_model: Open = load_predictor,
    clock: Clock = time.perf_counter,
    seed: int = 7,
    advance: Callable[[int], None] = lambda _texts: None,
) -> Verdict:
    """Hold a candidate against every gate.

    Parameters
    ----------
    folder, champion_folder : Path
        Of the bundles; None where nobody answers yet.
    holdout : Holdout
        What neither has learned from; texts that the champion has are left out of the comparison
        where enough others remain.
    registered : str or None
        Hash of the candidate's files at registration.
    open_model : callable
        Bundle's folder to predictor.
    clock : callable
        Seconds; only ratios are judged.

    Raises
    ------
    BadBundle
        The champion itself cannot be opened.
    """
    bundle, files = check_files(folder, registered)
    if bundle is None:
        return Verdict((files,))
    champion = None if champion_folder is None else open_model(champion_folder)
    gates = [files, *check_contents(bundle, champion.bundle if champion else None, holdout)]
    try:
        candidate = open_model(folder)
        gates.append(_probe(candidate, holdout))
    except (OtklikError, OSError) as error:
        gates.append(Gate("answers", False, "none", "finite", str(error)))
    # What does not answer in numbers cannot be compared.
    if all(gate.passed for gate in gates if gate.name in ("numbers", "answers")):
        fair = holdout if champion is None else _unseen(holdout, champion.bundle)
        if champion is not None:
            gates.append(_latency(candidate, champion, fair, clock))
        gates += _contest(candidate, champion, fair, seed, advance)
    return Verdict(tuple(gates))


def _probe(candidate: Predictor, holdout: Holdout) -> Gate:
    """Whether answers are probabilities at all."""
    for head, rows in candidate.probabilities(holdout.texts[:_PROBES]).items():
        if not (np.isfinite(rows).all() and np.allclose(rows.sum(axis=1), 1, atol=1e-6)):
            todo = f"{head} answers with what is no probability. Its weights are spoilt: train anew"
            return Gate("answers", False, "not finite", "finite", f"{todo}.")
    return Gate("answers", True, "finite", "finite", "Every head answers with probabilities.")


def _unseen(holdout: Holdout, champion: Bundle) -> Holdout:
    """Texts that are new to the champion too; all, where fewer than 200 are: it keeps its lead."""
    if "training_keys" not in champion.facts:
        return holdout
    rows = np.flatnonzero(~seen_by(champion).find(holdout.texts)[0])
    return holdout.part(rows) if len(rows) >= MIN_ROWS else holdout


def _latency(candidate: Predictor, champion: Predictor, holdout: Holdout, clock: Clock) -> Gate:
    """Time for one message, both by turns in the same process; the fastest of five rounds."""
    texts = holdout.texts[:: max(1, len(holdout.texts) // _TIMED_TEXTS)][:_TIMED_TEXTS]
    taken = np.empty((2, _ROUNDS, len(texts)))
    for turn in range(_ROUNDS):
        for place, text in enumerate(texts):
            for who, model in enumerate((candidate, champion)):
                begun = clock()
                model.probabilities([text])
                taken[who, turn, place] = clock() - begun
    ours, theirs = taken.min(axis=1).mean(axis=1)
    ratio = float(ours / theirs)
    if ratio > MAX_RATIO:
        todo = "Times the champion's duration for one message. Take a shallower encoder."
        return Gate("latency", False, ratio, MAX_RATIO, todo)
    return Gate("latency", True, ratio, MAX_RATIO, "Times the champion's duration for one message.")


def _contest(
    candidate: Predictor,
    champion: Predictor | None,
    holdout: Holdout,
    seed: int,
    advance: Callable[[int], None],
) -> list[Gate]:
    known = candidate.heads if champion is None else champion.heads
    heads = [name for name in known if name in candidate.heads and len(holdout.rows(name))]
    ours = answer_holdout(candidate, holdout, heads, advance)
    groups = near_duplicate_groups(holdout.texts)
    truth = {head: hard_labels(holdout.truth[head]) for head in heads}
    gates = []
    if champion is None:
        for head in heads:
            rows = holdout.rows(head)
            said = [truth[head][row] for row in rows.tolist()]
            gates.append(common_gate(head, ours[head], said, groups[rows]))
            gates.append(calibration_gate(head, ours[head], None, groups[rows], seed))
        return gates
    theirs = answer_holdout(champion, holdout, heads, advance)
    changed = _perturbed(candidate, champion, holdout, groups, heads, seed, advance)
    for head in heads:
        rows = holdout.rows(head)
        said = [truth[head][row] for row in rows.tolist()]
        pair = ours[head], theirs[head]
        gates.append(accuracy_gate(head, pair[0], pair[1].right, groups[rows], seed))
        slices = text_slices(
            [holdout.texts[row] for row in rows.tolist()],
            said,
            training_labels=_few(candidate.bundle, champion.bundle, head),
            channels=[holdout.sources[row] for row in rows.tolist()],
        )
        found = compare(pair[0].right, pair[1].right, groups[rows], slices, seed=seed)
        gates.append(slices_gate(head, found | changed[head]))
        gates.append(labels_gate(head, pair[0].right, pair[1].right, said, groups[rows]))
        gates.append(calibration_gate(head, *pair, groups[rows], seed))
    return gates


def _perturbed(
    candidate: Predictor,
    champion: Predictor,
    holdout: Holdout,
    groups: Indices,
    heads: list[str],
    seed: int,
    advance: Callable[[int], None],
) -> dict[str, dict[str, Difference]]:
    """Differences on texts that were dressed anew, by head and perturbation."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(groups))[:PERTURBED_ROWS])
    part, own = holdout.part(rows), groups[rows]
    found: dict[str, dict[str, Difference]] = {head: {} for head in heads}
    for name, perturb in PERTURBATIONS.items():
        texts = [perturb(text, Random(f"{seed} {name} {text}")) for text in part.texts]
        dressed = Holdout(texts, part.sources, part.truth)
        pair = [answer_holdout(model, dressed, heads, advance) for model in (candidate, champion)]
        for head in heads:
            labelled = part.rows(head)
            whole = np.ones(len(labelled), dtype=bool)
            found[head] |= compare(
                pair[0][head].right,
                pair[1][head].right,
                own[labelled],
                {name: whole},
                seed=seed,
                questions=len(PERTURBATIONS),
            )
    return found


def _few(candidate: Bundle, champion: Bundle, head: str) -> list[str] | None:
    """Training labels as the champion, else the candidate, had them; 20 of each are enough."""
    for bundle in (champion, candidate):
        counts: Mapping[str, int] | None = bundle.facts.get("label_counts", {}).get(head)
        if counts is not None:
            return list(Counter({name: min(n, RARE) for name, n in counts.items()}).elements())
    return None
