"""The bundle that ships: complete, small, of the installed rubricator, and it answers."""

from pathlib import Path

import pytest

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.build import SHIPPED, build_bundle
from otklik.models.bundle import load_bundle
from otklik.models.classifier import Classifier
from otklik.models.predictor import load_predictor
from otklik.training.candidate import FACTS, seen_by

BASE = Path(__file__).parents[1] / "var" / "models" / "base"
HEADS = {
    "im_2026", "im_2026_group", "perm_topic", "perm_group", "perm_executor", "kursk_topic",
    "kursk_executor", "spb_reason", "spb_category", "sentiment", "rusentitweet",
}  # fmt: skip
CLEAR = {
    "У нас на Садовой третий день нет горячей воды, управляющая компания молчит": "ЖКХ",
    "На дороге у рынка огромная яма, машины бьют колёса": "Дороги",
    "Автобус 12 маршрута опять не приехал, ждали час на остановке": "Общественный транспорт",
}


@pytest.fixture(scope="module")
def bundle():
    return load_bundle(SHIPPED)


def test_it_is_complete_and_small(bundle):
    assert set(bundle.heads) == HEADS
    assert set(FACTS) <= set(bundle.facts)
    assert {"im_2026", "perm_topic"} <= set(bundle.sets)
    assert seen_by(bundle).texts > 50_000
    files = [path for path in SHIPPED.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 20e6
    assert "## Limits" in bundle.layout.card.read_text(encoding="utf-8")


def test_it_speaks_the_installed_rubricator(bundle):
    rubricator = load_rubricator(bundle.facts["rubricator"])
    assert bundle.facts["rubricator_fingerprint"] == rubricator.fingerprint
    assert set(bundle.heads["im_2026"].classes) == {topic.code for topic in rubricator.topics}


@pytest.mark.slow
def test_it_answers_plain_messages(tmp_path):
    if not (BASE / "otklik.json").is_file():
        pytest.skip("the base encoder is not built: `otklik model base` fetches it")
    build_bundle(SHIPPED, BASE, tmp_path / "built")
    classifier = Classifier(load_predictor(tmp_path / "built"))
    found = classifier.classify(list(CLEAR), ["im_2026_group", "sentiment"])
    said = [one.answers["im_2026_group"].ranked[0][0] for one in found]
    assert said == list(CLEAR.values())
    assert all(one.reason and one.importance.value for one in found)
