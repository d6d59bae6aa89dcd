"""Tasks for Label Studio: messages with what the model said of them, and the page to label on."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from otklik.datasets.labelling import Judged
from otklik.datasets.rubricator import Rubricator
from otklik.models.classifier import rubricator_head
from otklik.models.utterance import Kind

TOPIC, GROUP, SENTIMENT, KIND, REASON = "topic", "group", "sentiment", "utterance", "reason"
SENTIMENTS = {"негативная": "negative", "нейтральная": "neutral", "позитивная": "positive"}
CHOICES: Mapping[str, Mapping[str, str]] = {
    SENTIMENT: SENTIMENTS,
    KIND: {kind.value: kind.value for kind in Kind},
}
"""What staff read → what is stored, by control of the labelling page."""

_SHOWN = {stored: shown for words in CHOICES.values() for shown, stored in words.items()}


def label_page(rubricator: Rubricator) -> str:
    """Labelling interface for a project of Label Studio (XML): its text and four questions."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Text", name="text", value="$text")
    tree = ElementTree.SubElement(
        view,
        "Taxonomy",
        name=TOPIC,
        toName="text",
        maxUsages="1",
        placeholder="Группа и тема",
    )
    for group in rubricator.groups:
        branch = ElementTree.SubElement(tree, "Choice", value=group.name)
        for topic in rubricator.members(group.code):
            ElementTree.SubElement(branch, "Choice", value=topic.name, hint=topic.hint)
    for name, words in CHOICES.items():
        choices = ElementTree.SubElement(view, "Choices", name=name, toName="text", choice="single")
        for word in words:
            ElementTree.SubElement(choices, "Choice", value=word)
    ElementTree.SubElement(
        view, "TextArea", name=REASON, toName="text", maxSubmissions="1", placeholder="Почему так"
    )
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def make_task(judged: Judged, rubricator: Rubricator, *, reason: str = "") -> dict[str, Any]:
    """Make a task of a message; what the model said is its prediction, to be corrected.

    Parameters
    ----------
    reason : str
        Why it is proposed; shown in the list of tasks.
    """
    prediction = judged.prediction
    head = rubricator_head(rubricator.version)
    results = []
    ranked = prediction.heads.get(head, ())
    if ranked and ranked[0][0] in rubricator:
        topic = rubricator.topic(ranked[0][0])
        results.append(_result(TOPIC, "taxonomy", [[topic.group.name, topic.name]]))
    for name in CHOICES:
        for label, _ in prediction.heads.get(name, ())[:1]:
            if label in _SHOWN:
                results.append(_result(name, "choices", [_SHOWN[label]]))
    return {
        "data": {
            "message_id": judged.message_id,
            "source": judged.source,
            "external_id": judged.external_id,
            "text": judged.text,
            "rubricator": rubricator.version,
            "proposed_for": reason,
        },
        "predictions": [
            {
                "model_version": prediction.model_version,
                "score": ranked[0][1] if ranked else 0.0,
                "result": results,
            }
        ],
    }


def _result(name: str, kind: str, value: list[Any]) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": kind, "value": {kind: value}}
