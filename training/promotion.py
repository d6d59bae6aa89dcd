"""Who answers next: a challenger that passes every gate, or one that a person answers for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.errors import NotPromoted
from otklik.models.predictor import load_predictor
from otklik.models.registered import Version
from otklik.training.gate import Gate, Verdict, shown
from otklik.training.gates import Open, judge
from otklik.training.holdout import load_holdout
from otklik.training.registry import Registry
from otklik.training.tracking import HOLDOUT

BINDING = ("files", "numbers", "answers", "rubricator")
"""Gates that no reason overrules: past them there are no answers, or silently wrong ones."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate, whom it was compared with, and what came of it."""

    candidate: Version
    champion: Version | None
    verdict: Verdict


def weigh(
    registry: Registry,
    model: str,
    number: int | None = None,
    *,
    holdout: Path | None = None,
    open_model: Open = load_predictor,
    advance: Callable[[int], None] = lambda _texts: None,
) -> Weighed:
    """Compare a version with the champion; nothing is changed.

    Parameters
    ----------
    number : int or None
        None means the challenger.
    holdout : Path or None
        None means the one that came with the version.

    Raises
    ------
    NotPromoted
        There is no challenger, or the version answers already.
    UnknownModel, BadFile
        No such version or hold-out.
    """
    aliases = registry.history.aliases(model)
    number = aliases.challenger if number is None else number
    if number is None:
        raise NotPromoted(
            f"{model} has no challenger. `otklik train` makes one, `otklik models` lists the "
            "versions, `otklik promote VERSION` takes one of them."
        )
    if number == aliases.champion:
        raise NotPromoted(f"{model}/{number} is the champion already.")
    candidate = registry.version(model, number)
    champion = None if aliases.champion is None else registry.version(model, aliases.champion)
    verdict = judge(
        candidate.folder,
        None if champion is None else champion.folder,
        load_holdout(holdout or candidate.folder.parent / HOLDOUT),
        registered=candidate.facts["files"],
        open_model=open_model,
        advance=advance,
    )
    return Weighed(candidate, champion, verdict)


def promote(
    registry: Registry, weighed: Weighed, *, reason: str = "", by: str | None = None
) -> Version:
    """Make a weighed candidate the champion.

    Parameters
    ----------
    reason : str
        Why closed gates are overruled; kept in the history with the gates.

    Raises
    ------
    NotPromoted
        A gate is closed and no reason given, or one that none overrules; or another champion
        answers by now.
    """
    candidate, champion = weighed.candidate, weighed.champion
    failed = weighed.verdict.failed
    binding = [gate for gate in failed if gate.name in BINDING]
    if binding:
        raise NotPromoted(f"{candidate.name} cannot answer: {_told(binding[0])}")
    if failed and not reason.strip():
        more = f" And {len(failed) - 1} more gates are closed." if len(failed) > 1 else ""
        raise NotPromoted(
            f"{candidate.name} stays a candidate: {_told(failed[0])}{more} "
            "--force-reason overrules them and is kept in the history."
        )
    return registry.promote(
        candidate.model,
        candidate.number,
        champion=None if champion is None else champion.number,
        by=by,
        reason=reason.strip(),
        facts={
            "compared": None if champion is None else champion.number,
            "closed": [gate.as_dict() for gate in failed],
        },
    )


def _told(gate: Gate) -> str:
    return f"{gate.name}: {shown(gate.candidate)} against {shown(gate.against)}. {gate.sentence}"
