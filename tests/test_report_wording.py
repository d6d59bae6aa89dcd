from math import inf

import pytest

from otklik.pipelines import report_wording as wording


@pytest.mark.parametrize(
    ("amount", "form"),
    [(1, "сообщение"), (2, "сообщения"), (5, "сообщений"), (11, "сообщений"), (12, "сообщений"),
     (21, "сообщение"), (22, "сообщения"), (111, "сообщений"), (0, "сообщений"),
     (1.5, "сообщения")],
)  # fmt: skip
def test_nouns_agree(amount, form):
    assert wording.word_for(amount, "сообщение", "сообщения", "сообщений") == form


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (wording.whole(1234), "1234"),
        (wording.whole(12345), "12\u00a0345"),
        (wording.whole(-3), "−3"),
        (wording.rounded(0.25), "0,2"),
        (wording.rounded(3.0), "3"),
        (wording.rounded(9.96), "10"),
        (wording.rounded(-0.01), "0"),
        (wording.rounded(0.02), "<0,1"),
        (wording.signed(4.2), "+4,2"),
        (wording.signed(-4.2), "−4,2"),
        (wording.signed(0.0), "0"),
        (wording.expected_text(41.3, 29, 55), "41 (29–55)"),
        (wording.share_text(0.124, 0.08, 0.17), "12\u00a0% (8–17\u00a0%)"),
        (wording.duration_text(31, 26, 37), "31\u00a0ч (26–37)"),
        (wording.duration_text(72, 48, 120), "3\u00a0сут. (2–5)"),
        (wording.duration_text(72, 48, inf), "3\u00a0сут. (2 и более)"),
    ],
)
def test_numbers_are_written_in_russian(written, expected):
    assert written == expected


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Заречный", "Заречный район"),
        ("Дальневосточный район", "Дальневосточный район"),
        ("Центр", "район Центр"),
    ],
)
def test_districts(name, shown):
    assert wording.in_district(name) == shown


@pytest.mark.parametrize(
    ("phrase", "shown"),
    [
        ("Фонари во дворах (в т.ч. столбы)", "Фонари во дворах: улица Садовая"),
        ("Темно у подъезда", "Фонари во дворах: улица Садовая; пишут: «темно у подъезда»"),
    ],
)
def test_a_problem_is_named_by_topic_and_place(phrase, shown):
    title = wording.problem_title("Фонари во дворах (в т.ч. столбы)", "улица Садовая", phrase)
    assert title == shown
