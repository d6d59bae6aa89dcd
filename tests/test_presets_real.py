"""The shipped presets on the real files; only counts and shapes are looked at, never texts."""

import csv
import gzip
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from otklik.datasets.mapping import load_mapping
from otklik.datasets.reader import read_messages
from otklik.datasets.records import Kind, Message
from otklik.datasets.rejects import Reject
from otklik.datasets.rubricator_versions import load_rubricator

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = {
    "im": "omsk_im_export_sample.csv.gz",
    "perm": "perm_im.csv.gz",
    "kursk": "kursk_pos.csv.gz",
    "spb": "spb_appeals.csv.gz",
}

LEFTOVERS = re.compile(r"<br|</?p>|&nbsp;|\[(?:club|public)\d+\|[^\[\]]*\]|\u200b")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not beside the code")


@dataclass(repr=False)
class Preset:
    """What a preset made of its file; without a repr, so that no failure prints texts."""

    name: str
    messages: list[Message]
    rejects: list[Reject]


@pytest.fixture(scope="module", params=FILES)
def preset(request):
    found = list(read_messages(DATA / FILES[request.param], load_mapping(request.param)))
    messages = [item for item in found if isinstance(item, Message)]
    return Preset(request.param, messages, [item for item in found if isinstance(item, Reject)])


def test_every_row_is_accepted_or_refused_with_a_reason(preset):
    with gzip.open(DATA / FILES[preset.name], "rt", encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    assert len(preset.messages) + len(preset.rejects) == rows
    assert all(reject.reason and reject.line > 1 for reject in preset.rejects)
    assert len(preset.rejects) < rows / 1000


def test_messages_are_whole(preset):
    messages = preset.messages
    dated = preset.name in ("im", "spb")
    assert {message.kind for message in messages} == {Kind.MESSAGE}
    assert all(message.text for message in messages)
    assert {message.posted_at is not None for message in messages} == {dated}
    assert not any(LEFTOVERS.search(message.text) for message in messages)


def test_labels_are_names_of_their_rubricator(preset):
    for group, topic in {message.labels[:2] for message in preset.messages}:
        assert (group.axis, topic.axis) == ("group", "topic")
        assert load_rubricator(topic.rubricator).find(topic.name, group.name)


def test_the_same_row_is_the_same_message(preset):
    again = read_messages(DATA / FILES[preset.name], load_mapping(preset.name))
    ids = [item.external_id for item in islice(again, 500) if isinstance(item, Message)]
    assert ids == [message.external_id for message in preset.messages[: len(ids)]]


@pytest.mark.parametrize("preset", ["spb"], indirect=True)
def test_addresses_give_street_and_house(preset):
    given = [message for message in preset.messages if "address" in message.raw]
    split = [message for message in given if message.place.street and message.place.house]
    assert len(split) > 0.99 * len(given)
