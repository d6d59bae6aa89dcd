"""How fast batches are worked off: what a wait is predicted from."""

import numpy as np

_KEEP = 0.98
_GUESSES = ((64, 0.016), (512, 0.128))
_LEAST_S = 1e-4


class Pace:
    """Seconds that a batch takes by its tokens, learnt from the last fifty batches or so.

    A batch costs something by itself and something for each token, so short batches tell how fast
    long ones will be: a line is fitted by least squares, old batches fade away.
    """

    def __init__(self) -> None:
        self._sums = np.zeros(5)
        for tokens, seconds in _GUESSES:
            self.observe(tokens, seconds)

    def observe(self, tokens: int, seconds: float) -> None:
        """Learn from a batch."""
        seconds = max(seconds, _LEAST_S)
        of_one = np.array([1.0, tokens, seconds, tokens * tokens, tokens * seconds])
        self._sums = self._sums * _KEEP + of_one

    def batch_s(self, tokens: int) -> float:
        """Seconds that a batch of so many tokens takes."""
        mean, seconds, squares, products = (self._sums[1:] / self._sums[0]).tolist()
        spread = squares - mean**2
        slope = (products - mean * seconds) / spread if spread > 1.0 else 0.0
        fixed = seconds - slope * mean
        if slope <= 0 or fixed < 0:  # all of a length, or chance: so much a token
            slope, fixed = seconds / mean, 0.0
        return float(fixed + slope * tokens)
