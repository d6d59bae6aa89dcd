import codecs
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.datasets.clean import clean_html, clean_plain, clean_social

CLEANERS = {"social": clean_social, "html": clean_html, "plain": clean_plain}
TABLE = Path(__file__).with_name("cases") / "clean.txt"


def unescape(text):
    return re.sub(
        r"\\(?:[ntr]|u[0-9a-f]{4})",
        lambda found: codecs.decode(found.group(), "unicode_escape"),
        text,
    )


def cases():
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, given_text, expected = (part.strip(" ") for part in line.split("⇒"))
            yield pytest.param(kind, unescape(given_text), unescape(expected), id=line[:60])


@pytest.mark.parametrize(("kind", "text", "expected"), list(cases()))
def test_table(kind, text, expected):
    assert CLEANERS[kind](text) == expected


@given(st.text(max_size=200))
def test_plain_cleaning_is_done_once(text):
    cleaned = clean_plain(text)
    assert clean_plain(cleaned) == cleaned
    assert "  " not in cleaned
    assert "\n\n\n" not in cleaned


@given(st.text(alphabet=st.sampled_from("а <>/&;[]|()brpclub1id@'\n"), max_size=60))
def test_markup_of_any_shape_never_fails(text):
    clean_social(text)
    clean_html(text)


@pytest.mark.parametrize(
    "unit", ["[club1|", "<br", "<p ", "&#1", " ", "[https://a", "@club1 (", "\n", "<", "\u200d"]
)
def test_hostile_text_takes_linear_time(unit):
    def seconds(repeats):
        start = time.process_time()
        clean_social(unit * repeats)
        return time.process_time() - start

    short = min(seconds(2_000) for _ in range(3))
    long = min(seconds(20_000) for _ in range(3))
    # Ten times the text; a quadratic pattern would take a hundred times as long.
    assert long < 40 * short + 0.02
