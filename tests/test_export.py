import gzip
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.datasets.errors import BadFile
from otklik.datasets.export import read_exported, write_messages
from otklik.datasets.records import (
    GivenAnswer,
    GivenStatus,
    Kind,
    Message,
    Place,
    SourceLabel,
    content_hash,
)

texts = st.text(max_size=20)
maybe_text = st.none() | texts
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=zones)
degrees = st.none() | st.floats(-90, 90)
places = st.builds(
    Place,
    **dict.fromkeys(("region", "municipality", "settlement", "district", "street"), maybe_text),
    **dict.fromkeys(("street_key", "house", "asset"), maybe_text),
    latitude=degrees,
    longitude=degrees,
)


def tuples_of(record, **fields):
    return st.lists(st.builds(record, **fields), max_size=3).map(tuple)


messages = st.builds(
    Message,
    source=texts,
    external_id=texts,
    kind=st.sampled_from(Kind),
    text=texts,
    posted_at=moments,
    received_at=moments,
    author=maybe_text,
    place=places,
    reply_to=maybe_text,
    labels=tuples_of(SourceLabel, axis=texts, name=texts, rubricator=maybe_text),
    answers=tuples_of(
        GivenAnswer, text=texts, answered_at=moments, recipient=maybe_text, stage=texts
    ),
    statuses=tuples_of(GivenStatus, name=texts, at=moments),
    raw=st.dictionaries(texts, texts, max_size=4),
)


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.parquet"])
@settings(max_examples=60, deadline=None)
@given(given_messages=st.lists(messages, max_size=5))
def test_nothing_is_lost_on_the_way_out_and_in(name, given_messages):
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        assert write_messages(given_messages, path) == len(given_messages)
        back = list(read_exported(path))
    assert back == given_messages
    # The zone too: an equal moment under another offset would pass for a changed message.
    assert list(map(content_hash, back)) == list(map(content_hash, given_messages))


MESSAGE = Message("im", "1", Kind.MESSAGE, "Нет света")


def test_packed_jsonl_is_the_same_bytes_every_time(tmp_path):
    first, second = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    for path in (first, second):
        write_messages([MESSAGE], path)
    assert first.read_bytes() == second.read_bytes()


def test_letters_stay_readable(tmp_path):
    path = tmp_path / "out.jsonl"
    write_messages([MESSAGE], path)
    assert "Нет света" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["out.csv", "out", "out.parquet.gz"])
def test_other_suffixes_are_refused(tmp_path, name):
    with pytest.raises(BadFile, match=r"\.jsonl, \.jsonl\.gz or \.parquet"):
        write_messages([MESSAGE], tmp_path / name)
    with pytest.raises(BadFile, match=r"\.jsonl, \.jsonl\.gz or \.parquet"):
        read_exported(tmp_path / name)


def test_a_line_that_is_no_message_is_named(tmp_path):
    path = tmp_path / "out.jsonl"
    write_messages([MESSAGE], path)
    path.write_bytes(path.read_bytes() + b'{"source": "im"}\n')
    with pytest.raises(BadFile, match=r"out\.jsonl, line 2: external_id: Field required"):
        list(read_exported(path))


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path):
    path = tmp_path / "out.jsonl.gz"
    write_messages([MESSAGE] * 3, path)
    whole = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(whole)[:-4])
    kept = []
    with pytest.raises(BadFile, match="after line 3"):
        kept.extend(read_exported(path))
    assert kept == [MESSAGE] * 3


def test_missing_file_and_missing_folder(tmp_path):
    for name in ("no.jsonl", "no.parquet"):
        with pytest.raises(BadFile, match="cannot be read"):
            list(read_exported(tmp_path / name))
        with pytest.raises(BadFile, match="cannot be written"):
            write_messages([MESSAGE], tmp_path / "missing" / name)


def test_parquet_of_others_is_refused(tmp_path):
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"source": ["im"], "text": ["Нет света"]}), path)
    with pytest.raises(BadFile, match="no export of otklik: it lacks external_id, kind"):
        list(read_exported(path))


def test_an_export_that_fails_leaves_the_older_file(tmp_path):
    path = tmp_path / "out.jsonl"
    write_messages([MESSAGE], path)
    whole = path.read_bytes()

    def broken():
        yield MESSAGE
        raise BadFile("the store is gone")

    with pytest.raises(BadFile, match="gone"):
        write_messages(broken(), path)
    assert path.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [path]
