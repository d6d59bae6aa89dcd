"""A cell of a table that spreadsheets open."""

from typing import TypeVar

MOST_CHARS = 32_000
"""In one cell: spreadsheets take 32,767."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")

V = TypeVar("V")


def inert(value: V) -> V | str:
    """A cell that no spreadsheet takes for a formula, also not after a way through CSV.

    Residents' words may begin with «=» or «@»; numbers are written as numbers.
    """
    if not isinstance(value, str):
        return value
    text = value[:MOST_CHARS]
    return f"'{text}" if text.startswith(_RISKY) else text
