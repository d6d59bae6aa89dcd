"""Names of problems: what their authors say, and where."""

import re
from functools import partial
from itertools import islice

from otklik.pipelines.problem_cells import Window
from otklik.pipelines.problem_entries import facts_of, name_of
from otklik.pipelines.problem_match import Part

LEAST_TEXTS = 5
"""Below that, the topic's own name is surer than a phrase."""
COMPARED = 100
"""Messages of the same topic elsewhere that a name is contrasted with."""
_WORD = re.compile(r"[а-яё-]+", re.IGNORECASE)
_SHORT = 4


def name_part(window: Window, part: Part) -> str:
    """«Отсутствие горячей воды: улица Садовая».

    The phrase is what these authors say and others of the same topic do not; the place, which
    they say too, is taken out of their words first.
    """
    from otklik.pipelines.cluster_names import NAMELESS, name_clusters

    facts = facts_of(window, part.rows)
    rows = [row for row in part.rows if window.counted[row]]
    if len(rows) < LEAST_TEXTS:
        return name_of(facts)
    texts = window.columns["text"]
    inside = set(part.rows)
    rest = (row for row in window.rows_of_topic.get(facts["topic"], ()) if row not in inside)
    others = [texts[row] for row in islice(rest, COMPARED)]
    place = " ".join(filter(None, (facts["street_key"], facts["asset"], facts["district"])))
    without = partial(_without, stems=_stems(place))
    phrase = name_clusters(
        [without(texts[row]) for row in rows],
        [0] * len(rows),
        [without(text) for text in others],
        authors=[window.authors[row] for row in rows],
    )[0]
    if phrase == NAMELESS:
        return name_of(facts)
    return name_of({**facts, "topic": phrase[:1].upper() + phrase[1:]})


def _stems(place: str) -> tuple[str, ...]:
    words = _WORD.findall(place.lower())
    return tuple(word[: max(_SHORT, len(word) - 2)] for word in words if len(word) >= _SHORT)


def _without(text: str, stems: tuple[str, ...]) -> str:
    if not stems:
        return text
    return _WORD.sub(lambda hit: "" if hit[0].lower().startswith(stems) else hit[0], text)
