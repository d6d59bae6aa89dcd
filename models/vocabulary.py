"""Which pieces of XLM-R's 250,000 the encoder of Russian civic texts keeps, and what that costs."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from otklik.datasets.text_key import text_key
from otklik.models.trim import unigram_pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SHIPPED = Path(__file__).with_name("vocabulary.txt")
LEAST_TEXTS = 2
"""A piece that only one text touches may be somebody's name or number: it is not listed."""
PREFIXES = ("query: ", "passage: ")
_BATCH = 2000

# By what they are made of: Russian letters (and the palochka of the Caucasus, which is also typed
# as a Latin l or a digit); no letter at all; a single character; two Latin letters.
_BY_KIND = re.compile(r"▁?(?:[а-яёА-ЯЁӀӏ]+|[\W\d_]+|.|[A-Za-z]{2})", re.DOTALL)


def is_kept_by_kind(piece: str) -> bool:
    """Whether a piece is kept for what it is made of, in the list or not.

    Examples
    --------
    >>> [is_kept_by_kind(p) for p in ("▁дорог", "12.2017", "▁TV", "Ґ", "▁Wasser")]
    [True, True, True, True, False]
    """
    return _BY_KIND.fullmatch(piece) is not None


@dataclass(frozen=True)
class Vocabulary:
    """The kept pieces: those of a kind, and the listed ones."""

    listed: frozenset[str]

    def __contains__(self, piece: object) -> bool:
        return isinstance(piece, str) and (is_kept_by_kind(piece) or piece in self.listed)


def load_vocabulary(path: Path = SHIPPED) -> Vocabulary:
    """Read a list of pieces, one a line."""
    return Vocabulary(frozenset(path.read_text(encoding="utf-8").split("\n")) - {""})


def dump_vocabulary(vocabulary: Vocabulary, path: Path) -> None:
    """Write the list, sorted by code points."""
    lines = "".join(f"{piece}\n" for piece in sorted(vocabulary.listed))
    path.write_text(lines, encoding="utf-8")


@dataclass(frozen=True)
class Usage:
    """How a corpus uses the whole vocabulary.

    `tokens` counts every occurrence of a piece, `texts` the different texts that touch it.
    """

    tokens: Counter[str]
    texts: Counter[str]

    def share_lost(self, kept: Container[str]) -> float:
        """Share of tokens that are cut another way when only `kept` is left, from 0 to 1."""
        total = self.tokens.total()
        return self.lost(kept) / total if total else 0.0

    def lost(self, kept: Container[str]) -> int:
        """Tokens whose piece is not kept."""
        return sum(count for piece, count in self.tokens.items() if piece not in kept)


def count_usage(tokenizer: "Tokenizer", texts: Iterable[str]) -> Usage:
    """Count the pieces of a corpus; texts that differ only in dress count once."""
    pieces = unigram_pieces(tokenizer)
    special = set(tokenizer.get_added_tokens_decoder())
    tokens: Counter[int] = Counter()
    touched: Counter[int] = Counter()
    different = _different(texts)
    while batch := list(islice(different, _BATCH)):
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            tokens.update(encoding.ids)
            touched.update(set(encoding.ids))
    return Usage(*(_named(counts, pieces, special) for counts in (tokens, touched)))


def choose_pieces(tokenizer: "Tokenizer", usages: Iterable[Usage]) -> Vocabulary:
    """The vocabulary that corpora ask for: what enough texts touch, and the prefixes."""
    touched: Counter[str] = Counter()
    for usage in usages:
        touched.update(usage.texts)
    asked = {piece for piece, texts in touched.items() if texts >= LEAST_TEXTS}
    for prefix in PREFIXES:
        asked.update(tokenizer.encode(prefix, add_special_tokens=False).tokens)
    return Vocabulary(frozenset(piece for piece in asked if not is_kept_by_kind(piece)))


def _different(texts: Iterable[str]) -> Iterator[str]:
    seen = set()
    for text in texts:
        key = text_key(text)
        if key not in seen:
            seen.add(key)
            yield text


def _named(counts: Counter[int], pieces: tuple[str, ...], special: set[int]) -> Counter[str]:
    return Counter({pieces[id_]: count for id_, count in counts.items() if id_ not in special})
