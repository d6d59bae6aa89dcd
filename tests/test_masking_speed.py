"""Hostile texts: four times the length may not cost sixteen times the work."""

import time

import pytest

from otklik.datasets.masking import Masker

SIZE = 10_000
HOSTILE = [
    "1", "а", "А", " ", "\n", "8 ", "1-", "1.", "@", "a@", "а.", "А.", "[", "[id", "[id1|", "кв ",
    "кв. 1 ", "ул. ", "ул. а 1", "собака ", "тел ", "+7", "8(", "паспорт ", "серия 1", "девятьсот ",
    "Иванов ", "Иван ", "Вера ", "а а ", "Р. А. ", "vk.com/", "t.me/a", "https://", "точка ", "- ",
    "а-", "мэр города ", "улиц Кирова, ", "инн 1", "карта 4111 ",
]  # fmt: skip


@pytest.fixture(scope="module")
def masker() -> Masker:
    return Masker(ner=False)


@pytest.mark.parametrize("piece", HOSTILE)
def test_cost_grows_with_the_length_not_its_square(masker, piece):
    small = (piece * SIZE)[:SIZE]
    large = (piece * SIZE * 4)[: SIZE * 4]
    masker.mask(large)
    # The floor keeps the noise of sub-millisecond timings out of the ratio
    assert _cost(masker, large) < 9 * max(_cost(masker, small), 0.004)


def _cost(masker: Masker, text: str) -> float:
    costs = []
    for _ in range(3):
        start = time.process_time()
        masker.mask(text)
        costs.append(time.process_time() - start)
    return min(costs)
