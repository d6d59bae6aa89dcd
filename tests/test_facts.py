import re

import pandas as pd
import pytest

from otklik.datasets.errors import Contradiction, UntracedNumber
from otklik.pipelines.fact_base import Evidence
from otklik.pipelines.facts import FactBook, Kind
from otklik.pipelines.report_blocks import plain, words
from otklik.pipelines.report_text import FOLDER, SENTENCES, Composer


@pytest.fixture
def book():
    messages = pd.DataFrame({"id": [1, 2, 3], "week": ["a", "a", "b"], "late": [1, None, 0]})
    counts = pd.DataFrame({"name": ["all", "wrong"], "observed": [3, 4], "low": [None, 1.0]})
    return FactBook("note", Evidence({"messages": messages, "counts": counts}))


def test_the_same_question_is_one_fact(book):
    first = book.counted("week = 'a'")
    assert first is book.counted("week =  'a'")
    assert (first.id, first.number, first.shown) == ("Ф1", 2, "2")
    assert [fact.id for fact in book.facts()] == ["Ф1"]


def test_a_count_must_count_its_messages(book):
    query = "SELECT observed FROM counts WHERE name = {}"
    assert book.count(query.format("'all'"), "SELECT id FROM messages").number == 3
    with pytest.raises(Contradiction, match=r"says 4 .* 3 messages are behind it"):
        book.count(query.format("'wrong'"), "SELECT id FROM messages")


def test_parts_must_make_the_whole(book):
    whole, first, second = (book.counted(one) for one in ("1", "week = 'a'", "week = 'b'"))
    book.must_sum(whole, [first, second], "weeks")
    with pytest.raises(Contradiction, match="weeks: the parts sum to 2, the whole is 3"):
        book.must_sum(whole, [first], "weeks")


def test_nothing_known_is_said_so(book):
    fact = book.fact(Kind.EXPECTED, "SELECT low, low, low FROM counts WHERE name = 'all'")
    assert not fact.known
    assert fact.shown == "нет данных"


@pytest.mark.parametrize("text", ["всего 5 жалоб", "рост на %", "на треть, 30", "пять процентов"])
def test_numerals_outside_of_facts_are_refused(text):
    with pytest.raises(UntracedNumber):
        words(text)


def test_facts_keep_their_identity_through_a_template(book):
    composer = Composer(book)
    composer._environment.loader = None
    template = composer._environment.from_string(
        "- Всего {{ n }} {{ n|form('раз', 'раза', 'раз') }}"
    )
    composer._environment.get_template = lambda _name: template
    (block,) = composer.compose("any", {}, n=book.counted("week = 'a'"))
    assert plain(block.line) == "Всего 2 раза"
    assert [span.fact.id for span in block.line if span.fact] == ["Ф1"]


def test_a_template_that_prints_a_bare_number_fails(book):
    composer = Composer(book)
    composer._environment.get_template = lambda _name: composer._environment.from_string("{{ n }}")
    with pytest.raises(UntracedNumber):
        composer.compose("any", {}, n=5)


@pytest.mark.parametrize("name", SENTENCES)
def test_templates_hold_no_numerals(name):
    """What a template says, without its statements, has no digit and no percent sign in it."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert re.findall(r"\d|%", re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text)) == []
