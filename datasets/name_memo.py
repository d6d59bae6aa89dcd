"""Answers about words, remembered."""

from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


class Memo(dict[str, Answer]):
    """Remembered answers for words as written: asked for every word, so a plain look-up."""

    def __init__(self, compute: Callable[[str], Answer], most: int) -> None:
        super().__init__()
        self._compute = compute
        self._most = most

    def __missing__(self, word: str) -> Answer:
        if len(self) >= self._most:
            self.clear()
        answer = self[word] = self._compute(word)
        return answer
