"""What an audit says about texts alone: length, shouting, language, personal data."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from otklik.datasets.audit_language import language_of
from otklik.datasets.mask_kinds import KINDS

QUANTILES = {
    "min": 0.0,
    "p05": 0.05,
    "p25": 0.25,
    "median": 0.5,
    "p75": 0.75,
    "p95": 0.95,
    "max": 1.0,
}
VERY_LONG_CHARS = 2000
SHOUT_LETTERS = 10
SHOUT_SHARE = 0.7

# «[id0|ФИО]» is how some sources hide a mention.
_PLACEHOLDER = re.compile(rf"\[(?:id0\|)?({'|'.join(KINDS)}|ССЫЛКА|скрыто)(?: \d+)?\]")


@dataclass(frozen=True, slots=True)
class TextReport:
    """Figures over all texts of a table.

    Parameters
    ----------
    chars : dict
        Quantiles of the length in characters, of the texts that are not empty.
    empty, very_long, upper_case : int
        Texts without a visible character; of more than 2,000 characters, beyond what encoders
        read; of at least ten letters, seven of ten of them capital.
    languages, placeholders : dict
        Texts by language; occurrences of «[ФИО]», «[ТЕЛЕФОН]», ….
    """

    chars: dict[str, int]
    empty: int
    very_long: int
    upper_case: int
    languages: dict[str, int]
    placeholders: dict[str, int]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Texts in which the masker still finds personal data, and what it finds; never the values."""

    texts: int
    kinds: dict[str, int]


def report_texts(texts: Sequence[str]) -> TextReport:
    """Measure the texts of a table."""
    lengths = np.array([len(text) for text in texts if text.strip()], dtype=np.int64)
    levels = np.quantile(lengths, list(QUANTILES.values())) if len(lengths) else np.zeros(0)
    return TextReport(
        chars={name: round(level) for name, level in zip(QUANTILES, levels.tolist(), strict=False)},
        empty=len(texts) - len(lengths),
        very_long=int((lengths > VERY_LONG_CHARS).sum()),
        upper_case=sum(is_upper_case(_PLACEHOLDER.sub("", text)) for text in texts),
        languages=_by_count(str(language_of(text)) for text in texts),
        placeholders=_by_count(name for text in texts for name in _PLACEHOLDER.findall(text)),
    )


def is_upper_case(text: str) -> bool:
    """Whether a text of some length is shouted; a short «ЖКХ» is not."""
    letters = sum(map(str.isalpha, text))
    upper = sum(map(str.isupper, text))
    return letters >= SHOUT_LETTERS and upper >= SHOUT_SHARE * letters


def find_personal_data(
    texts: Iterable[str], advance: Callable[[], object] = lambda: None
) -> PersonalData:
    """Count what the rules of the masker would still mask (without its neural vote).

    `advance` is called after each text.
    """
    # Loads dictionaries: only where personal data is looked for.
    from otklik.datasets.masking import Masker

    masker = Masker(ner=False)
    kinds: Counter[str] = Counter()
    found_in = 0
    for text in texts:
        spans = masker.mask(text).spans
        kinds.update(span.kind for span in spans)
        found_in += bool(spans)
        advance()
    return PersonalData(found_in, dict(kinds.most_common()))


def _by_count(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())
