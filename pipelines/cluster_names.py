"""Names of clusters: Russian phrases that their authors use and others of the topic do not."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from otklik.pipelines.log_odds import contrast
from otklik.pipelines.phrase_form import show_phrase
from otklik.pipelines.voices import Counts, Key, Voices, hear

NAMELESS = "разные сообщения"
_FEW = 0.05
_LONGER = 0.12
_COVERED = 0.5
_SECOND = 0.25
_BONUS = 0.6
_LONG = 4
_ROOT = 4


def name_clusters(
    texts: Sequence[str],
    labels: Sequence[int] | npt.NDArray[np.int64],
    background: Sequence[str] | Mapping[int, Sequence[str]] = (),
    *,
    authors: Sequence[str | None] | None = None,
) -> list[str]:
    """Name every cluster by what its authors say and others of the same topic do not.

    A phrase counts once for an author, however often they write it. Masks, names of people,
    greetings and the set phrases of officials never enter a name.

    Parameters
    ----------
    texts : sequence of str
        Masked messages.
    labels : sequence of n_texts int
        Cluster of each; a negative one is an outlier and counts for nothing.
    background : sequence of str, or mapping of a label to a sequence of str
        Messages of the same topic, elsewhere and earlier. A cluster without any is compared with
        the other clusters.
    authors : sequence of n_texts str or None, or None
        Who wrote each; a message without a known author has one of its own. Without authors,
        equal texts are one author's.

    Returns
    -------
    list of str
        Name of cluster 0, 1, …, the largest label, in lower case: «отсутствие горячей воды».

    Raises
    ------
    ValueError
        Labels or authors of another length than the texts.

    Examples
    --------
    >>> name_clusters(["Нет горячей воды", "Горячей воды нет третий день"], [0, 0])
    ['отсутствие горячей воды']
    """
    for what, found in (("labels", labels), ("authors", authors)):
        if found is not None and len(found) != len(texts):
            raise ValueError(f"{len(found)} {what} for {len(texts)} texts; expected as many.")
    numbers = np.asarray(labels, dtype=np.int64)
    voices = [
        hear([texts[row] for row in rows], authors and [authors[row] for row in rows])
        for number in range(int(numbers.max(initial=-1)) + 1)
        for rows in [np.flatnonzero(numbers == number).tolist()]
    ]
    counts = [heard.counts() for heard in voices]
    others = _others(counts, background)
    return [_name(*several) for several in zip(voices, counts, others, strict=True)]


def _others(
    counts: list[Counts], background: Sequence[str] | Mapping[int, Sequence[str]]
) -> list[Counts]:
    """What each cluster is compared with."""
    everyone = sum(counts, Counts())
    if not isinstance(background, Mapping):
        common = hear(background).counts()
        return [common if common.authors else everyone - own for own in counts]
    given = {label: hear(texts).counts() for label, texts in background.items()}
    return [
        given[label] if label in given and given[label].authors else everyone - own
        for label, own in enumerate(counts)
    ]


def _name(voices: Voices, own: Counts, other: Counts) -> str:
    if not own.of:
        return NAMELESS
    scores = contrast(own.of, own.authors, other.of, other.authors)
    need = max(min(2, own.authors), _FEW * own.authors)
    worth = {
        key: score * (1 + _BONUS * (min(len(key), _LONG) - 1))
        for key, score in scores.items()
        if own.of[key] >= need and score > 0
    } or {key: float(own.of[key]) for key in own.of}
    first = _longest(_best(worth), own, worth)
    names = [show_phrase(voices.forms[first])]
    second = _second(first, voices, own, worth)
    if second is not None:
        names.append(show_phrase(voices.forms[second]))
    return ", ".join(names)


def _second(first: Key, voices: Voices, own: Counts, worth: Mapping[Key, float]) -> Key | None:
    """What those say whom the first phrase leaves out; a single word wants company sooner."""
    covered = len(voices.said[first])
    if len(first) > 1 and covered >= _COVERED * own.authors:
        return None
    left = voices.authors - voices.said[first]
    rest = {
        key: value
        for key, value in worth.items()
        if not _akin(first, key)
        and (
            len(voices.said[key] & left) >= _SECOND * len(left) > 0
            or (len(first) == 1 and own.of[key] >= _LONGER * own.authors)
        )
    }
    return _longest(_best(rest), own, rest) if rest else None


def _akin(one: Key, other: Key) -> bool:
    """Whether two phrases share a word, or words of one root: «снег» and «снежный»."""
    return any(
        left.startswith(right[:_ROOT]) or right.startswith(left[:_ROOT])
        for left in one
        for right in other
        if min(len(left), len(right)) > 2
    )


def _best(worth: Mapping[Key, float]) -> Key:
    return min(worth, key=lambda key: (-worth[key], key))


def _longest(key: Key, own: Counts, among: Mapping[Key, float]) -> Key:
    """The phrase made longer, as long as a good part of those who say it say more."""
    longer = [
        other
        for other in among
        if len(other) > len(key)
        and set(key) <= set(other)
        and own.of[other] >= _LONGER * own.of[key]
    ]
    if not longer:
        return key
    return _longest(min(longer, key=lambda other: (-among[other], other)), own, among)
