"""What to label next: doubtful messages, rare topics, and heads or near-repeats that disagree."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.labelling import Judged
from otklik.datasets.rubricator import Rubricator
from otklik.models.classifier import rubricator_head

MARGIN, RARE, HEADS, REPEATS = "margin", "rare topic", "heads disagree", "near-repeats disagree"
DISAGREEMENT = 0.5
"""What one disagreement adds to the doubt, which is 1 minus the margin."""
POOL = 20_000
"""Only so many of the most doubtful are compared with each other; a rare topic may lie deep."""
_NEAR_TOP = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A message worth labelling.

    Parameters
    ----------
    judged : Judged
        The message and the latest prediction.
    reason : str
        "margin", "rare topic", "heads disagree" or "near-repeats disagree".
    topic : str
        The topic that it is proposed for: the rare one, else the likeliest.
    probability : float
        Of that topic.
    margin : float
        Between the two likeliest topics; 1 where there is only one.
    doubt : float
        What the queue is ordered by, apart from rare topics.
    """

    judged: Judged
    reason: str
    topic: str
    probability: float
    margin: float
    doubt: float


def propose(
    judged: Iterable[Judged],
    labelled: Mapping[str, int],
    done: frozenset[int] | set[int],
    rubricator: Rubricator,
    *,
    limit: int = 100,
    quota: int = 5,
) -> list[Proposal]:
    """Choose what to label next; the same store gives the same list.

    Of near-repeats one is proposed. Topics with fewer than `quota` labels get every second place,
    as long as a message has one among its three likeliest topics; the doubtful get the others.

    Parameters
    ----------
    judged : iterable of Judged
        Messages with predictions; those of another rubricator, or without a topic, are passed by.
    labelled : mapping of str to int
        Number of labels of each topic.
    done : set of int
        Ids of messages that are labelled already.
    limit, quota : int
        Most messages in all; labels that a topic needs.
    """
    head = rubricator_head(rubricator.version)
    pool = [
        _weigh(item, head, rubricator)
        for item in judged
        if item.message_id not in done
        and item.duplicate_of is None
        and item.prediction.rubricator == rubricator.version
        and item.prediction.heads.get(head)
    ]
    pool = sorted(pool, key=_by_doubt)[:POOL]
    chosen = sorted(_one_of_each(pool), key=_by_doubt)
    rare = list(_rare(chosen, labelled, rubricator, head, quota))
    taken: dict[int, Proposal] = {}
    for proposals in zip_longest(rare, chosen):
        for proposal in filter(None, proposals):
            taken.setdefault(proposal.judged.message_id, proposal)
    return list(taken.values())[:limit]


def _weigh(item: Judged, head: str, rubricator: Rubricator) -> Proposal:
    ranked = item.prediction.heads[head]
    topic, probability = ranked[0]
    margin = probability - ranked[1][1] if len(ranked) > 1 else 1.0
    groups = item.prediction.heads.get(f"{head}_group") or ()
    named = {group for group, _ in groups[:1]}
    apart = bool(named) and topic in rubricator and rubricator.group_code(topic) not in named
    doubt = 1 - margin + DISAGREEMENT * apart
    return Proposal(item, HEADS if apart else MARGIN, topic, probability, margin, doubt)


def _by_doubt(proposal: Proposal) -> tuple[float, int]:
    return -proposal.doubt, proposal.judged.message_id


def _one_of_each(pool: Sequence[Proposal]) -> Iterator[Proposal]:
    """Keep the most doubtful of near-repeats; more doubtful where they got different topics."""
    repeats: dict[int, list[Proposal]] = defaultdict(list)
    numbers = near_duplicate_groups([proposal.judged.text for proposal in pool])
    for proposal, number in zip(pool, numbers.tolist(), strict=True):
        repeats[number].append(proposal)
    for same in repeats.values():
        first = same[0]
        if len({proposal.topic for proposal in same}) == 1:
            yield first
        else:
            doubt = first.doubt + DISAGREEMENT
            yield replace(first, reason=REPEATS, doubt=doubt)


def _rare(
    chosen: Sequence[Proposal],
    labelled: Mapping[str, int],
    rubricator: Rubricator,
    head: str,
    quota: int,
) -> Iterator[Proposal]:
    """Round by round, one message for each topic that lacks labels, the rarest topics first."""
    likely: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in chosen:
        for topic, probability in proposal.judged.prediction.heads[head][:_NEAR_TOP]:
            if labelled.get(topic, 0) < quota:
                likely[topic].append(
                    replace(proposal, reason=RARE, topic=topic, probability=probability)
                )
    order = {topic.code: place for place, topic in enumerate(rubricator.topics)}
    topics = sorted(likely, key=lambda code: (labelled.get(code, 0), order.get(code, len(order))))
    for topic in topics:
        likely[topic].sort(key=lambda found: (-found.probability, found.judged.message_id))
    used: set[int] = set()
    for turn in range(quota):
        for topic in topics:
            if labelled.get(topic, 0) + turn >= quota:
                continue
            free = (found for found in likely[topic] if found.judged.message_id not in used)
            if (found := next(free, None)) is not None:
                used.add(found.judged.message_id)
                yield found
