"""A predictor under the behaviour tests: its heads, by code, as they are ranked."""

from types import SimpleNamespace

import numpy as np

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.predictor import Predictor
from otklik.pipelines.behaviour_command import answering
from otklik.training.behaviour import run_behaviour
from otklik.training.suite_lines import Suite, load_suite

RUBRICATOR = load_rubricator("im-2026")
GROUPS = [group.code for group in RUBRICATOR.groups]


class Guessing(Predictor):
    """Says «roads» of every text; knows one head that behaviour tests do not read."""

    def __init__(self):
        heads = {"im_2026_group": SimpleNamespace(classes=GROUPS), "perm_topic": None}
        super().__init__(SimpleNamespace(heads=heads), encoder=None)
        self.asked = []

    def probabilities(self, texts, heads=None):
        self.asked += texts
        rows = np.full((len(texts), len(GROUPS)), 0.01)
        rows[:, GROUPS.index("roads")] = 0.75
        return dict.fromkeys(heads, rows)


def test_a_predictor_is_tried_on_the_heads_that_it_has():
    suite = load_suite(RUBRICATOR)
    lines = [line for line in suite.topics if line.group in ("roads", "waste")]
    counted = []
    classify = answering(Guessing(), RUBRICATOR, counted.append)
    table = run_behaviour(classify, Suite(tuple(lines), (), ()), RUBRICATOR, seed=1)
    assert table.find("own line", "im_2026_group", "roads").failures == 0
    assert table.find("own line", "im_2026_group", "waste").rate == 1
    assert table.find("emoji", "im_2026_group").failures == 0
    assert table.find("own line", "im_2026") is None
    assert counted[0] == len(lines)


def test_texts_reach_the_predictor_cleaned():
    predictor = Guessing()
    answers = answering(predictor, RUBRICATOR)(["[club1|Мэрия], где  вода?"])
    assert predictor.asked == ["Мэрия, где вода?"]
    assert answers[0]["im_2026_group"][0] == ("roads", 0.75)
