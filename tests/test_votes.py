"""Questions for polls: what speaks for them, what cannot move them, what a poll answered."""

import csv
from datetime import timedelta
from math import prod

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from otklik.datasets.errors import BadFile, BadSettings, BadWeek
from otklik.datasets.settings import Settings
from otklik.datasets.store import Store
from otklik.datasets.store_votes import poll_votes, save_poll
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.snapshot import snapshot_of_messages
from otklik.pipelines.vote_consensus import Tally, consensus
from otklik.pipelines.vote_counts import count_people
from otklik.pipelines.vote_period import read_period
from otklik.pipelines.vote_rank import rank_questions
from otklik.pipelines.vote_results import read_results, results_of
from otklik.pipelines.vote_settings import FACTORS, load_vote_settings
from otklik.pipelines.vote_silence import lifts
from otklik.pipelines.vote_table import page, write_questions
from otklik.pipelines.vote_wishes import division, find_wishes, options
from otklik.pipelines.vote_wording import draft, leading_words

SETTINGS = load_vote_settings()


@pytest.fixture(scope="module")
def table():
    return snapshot_of_messages(make_city(5, 1500).messages).table


@pytest.fixture(scope="module")
def ranked(table):
    return rank_questions(table, SETTINGS)


def with_weights(factor):
    weights = {name: SETTINGS.weights[name] * factor[name] for name in FACTORS}
    return SETTINGS.model_copy(update={"weights": weights})


def test_every_question_shows_its_factors_and_where_its_rank_may_lie(ranked):
    assert [one.rank for one in ranked] == list(range(1, len(ranked) + 1))
    for one in ranked:
        assert one.low <= one.rank <= one.high
        assert set(one.factors) == set(FACTORS)
        assert all(0 <= value <= 1 for value in one.factors.values())
        expected = sum(SETTINGS.shares[name] * value for name, value in one.factors.items())
        assert one.score == pytest.approx(expected * one.competence)
        assert 3 <= len(one.draft.options) <= 5


def test_the_order_of_messages_changes_nothing(table, ranked):
    shuffled = table.sample(frac=1, random_state=3)
    assert rank_questions(shuffled, SETTINGS) == ranked


def test_a_question_lives_in_every_week_in_which_people_write():
    like = {"topic": "Ямы", "group": "Дороги", "district": "Северный", "importance": 3.0}
    weeks = pd.date_range("2025-03-03", periods=6, freq="7D", tz="UTC")
    rows = [
        {**like, "dated_at": at, "author": f"a{n}", "text": f"Яма номер {n} у дома {k}"}
        for k, at in enumerate(weeks)
        for n in range(6)
    ]
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="id"))
    lasting = rank_questions(table, SETTINGS)[0].factors["persistence"]
    short = table.assign(dated_at=table["dated_at"].where(table.index <= 6, weeks[0]))
    short.loc[len(rows), "dated_at"] = weeks[-1]
    assert lasting > 0.9 > 0.5 > rank_questions(short, SETTINGS)[0].factors["persistence"]


def test_sentiment_changes_nothing(table, ranked):
    assert rank_questions(table.assign(sentiment="negative"), SETTINGS) == ranked


def test_weights_a_fifth_higher_or_lower_keep_the_first_five(table, ranked):
    best = {one.key for one in ranked[:5]}
    rng = np.random.default_rng(7)
    quick = SETTINGS.monte_carlo.model_copy(update={"draws": 50})
    shared = []
    for _ in range(10):
        factor = dict(zip(FACTORS, rng.uniform(0.8, 1.2, len(FACTORS)), strict=True))
        settings = with_weights(factor).model_copy(update={"monte_carlo": quick})
        other = {one.key for one in rank_questions(table, settings)[:5]}
        shared.append(len(best & other) / len(best | other))
    assert np.mean(shared) >= 0.80


@pytest.mark.parametrize("place", [5, 12, 20])
@pytest.mark.parametrize("own_words", [False, True])
def test_five_authors_with_500_copies_move_a_question_one_place_at_most(
    table, ranked, place, own_words
):
    one = ranked[place]
    like = table.loc[one.ids[0]].to_dict()
    texts = [f"Вариант {n}: {like['text']}" if own_words else like["text"] for n in range(5)]
    flood = pd.DataFrame(
        [
            {**like, "author": f"loud {n % 5}", "text": texts[n % 5],
             "dated_at": like["dated_at"] + timedelta(minutes=n)}
            for n in range(500)
        ],
        index=pd.Index(range(10**6, 10**6 + 500), name="id"),
    )  # fmt: skip
    for name in table.columns[[isinstance(one, pd.DatetimeTZDtype) for one in table.dtypes]]:
        # A message without an answer gives a column of nothing, whose zone nobody knows.
        flood[name] = pd.to_datetime(flood[name], utc=True)
    flooded = pd.concat([table, flood.astype(table.dtypes)])
    after = next(q for q in rank_questions(flooded, SETTINGS) if q.key == one.key)
    assert one.rank - after.rank <= 1


def test_topics_outside_the_city_are_never_asked(table):
    settings = SETTINGS.model_copy(update={"competence": {"roads": 0.0}})
    assert "Дороги" not in {one.group for one in rank_questions(table, settings)}


def test_a_topic_may_count_less_than_its_group(table):
    names = {one.topic for one in rank_questions(table, SETTINGS)}
    assert "Ямы во дворах" in names
    settings = SETTINGS.model_copy(update={"competence": {"improvement.yard_potholes": 0.0}})
    after = rank_questions(table, settings)
    assert "Ямы во дворах" not in {one.topic for one in after}
    assert "Благоустройство" in {one.group for one in after}


def test_need_of_silent_districts_is_recovered():
    table = snapshot_of_messages(make_city(8, 4000).messages).table
    districts = sorted(table["district"].dropna().unique())
    authors = table.groupby("district")["author"].nunique()
    residents = {name: float(authors[name]) for name in districts}
    rng = np.random.default_rng(1)
    silent = table["district"].isin(districts[::2]) & (rng.random(len(table)) < 0.6)
    heard = table[~silent]

    def need(rows, lifted):
        counts = count_people(rows, topics, 0.2)
        lift = lifts(counts.cells, counts.districts, residents, 3.0)
        cells = counts.cells.sum(axis=2)[:, :-1]
        found = cells * lift[:-1] if lifted else cells
        return pd.Series(found.ravel(), pd.MultiIndex.from_product([counts.keys, counts.districts]))

    topics = dict(zip(table.index, table["topic"], strict=True))
    planted = need(table, lifted=False)
    large = planted[planted >= 3].index
    recovered = need(heard, lifted=True).reindex(large).fillna(0)
    raw = need(heard, lifted=False).reindex(large).fillna(0)
    found = spearmanr(planted[large], recovered).statistic
    assert found >= 0.7
    assert found > spearmanr(planted[large], raw).statistic


@given(
    st.dictionaries(
        st.sampled_from(["Северный", "Южный", "Речной"]),
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)),
        min_size=1,
    )
)
def test_consensus_equals_the_formula(votes):
    tallies = {name: Tally(a, d, a + d + p) for name, (a, d, p) in votes.items()}
    seen = [one for one in tallies.values() if one.seen]
    if not seen:
        with pytest.raises(ValueError, match="no group"):
            consensus(tallies)
        return
    found = consensus(tallies)
    published = prod((one.agree + 1) / (one.seen + 2) for one in seen)
    corrected = prod(
        (one.agree + 0.5) / (one.seen + 1) * (1 - (one.disagree + 0.5) / (one.seen + 1))
        for one in seen
    ) ** (1 / len(seen))
    assert found.published == pytest.approx(published, abs=1e-9)
    assert found.corrected == pytest.approx(corrected, abs=1e-9)


def test_one_district_against_lowers_the_consensus_more_than_size_would():
    all_for = {"Северный": Tally(90, 0, 100), "Южный": Tally(9, 0, 10)}
    one_against = {"Северный": Tally(98, 0, 100), "Южный": Tally(1, 8, 10)}
    assert consensus(all_for).corrected > 3 * consensus(one_against).corrected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Установите светофор на перекрёстке, дети бегают", "Установить светофор на перекрёстке"),
        ("Просим перенести остановку ближе к школе", "Перенести остановку"),
        ("Прошу вас отремонтировать тротуар", "Отремонтировать тротуар"),
        ("Лучше оставить сквер и не строить магазин", "Оставить сквер"),
        ("Верните 11 маршрут", "Вернуть 11 маршрут"),
    ],
)
def test_wishes_become_options(text, words):
    assert [one.words for one in find_wishes(text)] == [words]


@pytest.mark.parametrize(
    "text", ["Примите меры", "Когда почините дорогу?", "Не надо убирать деревья", "", "[ФИО]"]
)
def test_what_is_no_wish(text):
    assert not find_wishes(text)


def test_people_who_want_the_opposite_make_a_question():
    both = ["Уберите парковку у школы", "Сделайте парковку у школы"] * 6
    people = [f"a{n}" for n in range(12)]
    one = ["Сделайте парковку у школы"] * 12
    assert division(both, people) > 2 * division(one, people)
    assert division(both, ["a"] * 12) < division(both, people)
    assert options(both, people)[0][1] == 6


def test_a_sign_may_be_turned_without_pushing_anybody():
    assert not leading_words("Развернуть знак")
    assert leading_words("Разве знак стоит верно?")


@pytest.mark.parametrize(
    "texts",
    [
        ("Уберите снег", "Произведите уборку снега", "Прошу провести работы по уборке снега"),
        ("Выполните ремонт", "Произведите ремонт", "Проведите ремонт"),
    ],
)
def test_the_same_thing_in_other_words_is_one_option(texts):
    assert [people for _, people in options(texts, ["a", "b", "c"])] == [3]


def test_what_one_person_wants_or_nobody_can_choose_is_no_option():
    made = draft("Скверы", None, [("Посадить деревья", 7), ("Повесить гамак", 1)])
    assert "Повесить гамак" not in made.options
    assert not made.proposed
    for text in ("Увеличьте возможность прохода", "Посодействуйте решению", "Повредите газон"):
        assert not find_wishes(text)


def test_people_are_not_counted_where_no_source_names_them(table, tmp_path):
    nameless = rank_questions(table.assign(author=None), SETTINGS)
    assert not any(one.named for one in nameless)
    assert "разных людей" not in page(nameless, "2025-W40").split("<dl>")[0].split("<article>")[1]
    write_questions(nameless, tmp_path / "votes.csv", "2025-W40")
    with (tmp_path / "votes.csv").open(encoding="utf-8-sig") as file:
        assert {row["людей"] for row in csv.DictReader(file)} == {""}


def test_the_page_shows_the_first_questions_and_says_where_the_others_are(ranked):
    shown = page(ranked, "2025-W40")
    assert shown.count("<article>") == min(15, len(ranked))
    if len(ranked) > 15:
        assert f"({len(ranked) - 15}) — в таблице votes.csv" in shown


def test_wording_is_neutral_and_leaves_a_way_out():
    made = draft(
        "Парки (в т.ч. скверы)", "Северный", [("Посадить деревья", 7), ("Срочно снести", 3)]
    )
    assert made.question.count("«Парки»") == 1
    assert not leading_words(made.question)
    assert "Срочно снести" not in made.options
    assert made.options[-1].startswith("Другое")
    assert any("Срочно снести" in remark for remark in made.remarks)


@pytest.mark.parametrize(
    "question",
    [
        "Согласны ли вы, что сквер нужен?",
        "Не пора ли наконец отремонтировать дорогу?",
        "Поддерживаете ли вы эту прекрасную идею?",
    ],
)
def test_leading_words_are_named(question):
    assert leading_words(question)


def test_tables(ranked, tmp_path):
    for name in ("votes.csv", "votes.html"):
        write_questions(ranked, tmp_path / name, "2025-W40")
        first = (tmp_path / name).read_bytes()
        write_questions(ranked, tmp_path / name, "2025-W40")
        assert (tmp_path / name).read_bytes() == first
    assert ranked[0].draft.question in page(ranked, "2025-W40")
    assert "не нашлось" in page([], "2025-W40")
    with pytest.raises(BadFile, match=r"\.csv, \.html"):
        write_questions(ranked, tmp_path / "votes.doc", "")


RESULTS = """participant,district,statement,vote
1,Северный,Посадить деревья,за
1,Северный,Закрыть проезд,против
2,Южный,Посадить деревья,да
2,Южный,Закрыть проезд,воздержался
3,,Посадить деревья,-1
"""


def test_results_come_back_once(tmp_path, empty_url):
    file = tmp_path / "results.csv"
    file.write_text(RESULTS, encoding="utf-8")
    votes = read_results(file, Settings(var=tmp_path / "var"))
    assert all(vote.participant not in "123" for vote in votes)
    with Store(empty_url) as store:
        save_poll(store.database, "парк", votes)
        save_poll(store.database, "парк", votes)
        kept = poll_votes(store.database, "парк")
        assert poll_votes(store.database, "другой") == []
    assert len(kept) == 5
    found = results_of(kept)
    assert [one.statement for one in found] == ["Посадить деревья", "Закрыть проезд"]
    assert found[0].seen == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("participant,statement,vote\n1,а,за\n", "no column 'district'"),
        ("participant,district,statement,vote\n1,Южный,а,может\n", "line 2, column vote: 'может'"),
        ("participant,district,statement,vote\n,Южный,а,за\n", "line 2, column participant: empty"),
    ],
)
def test_wrong_results_name_the_cell(text, said, tmp_path):
    file = tmp_path / "results.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=said):
        read_results(file, Settings(var=tmp_path / "var"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[weights]\nburden = 1\n", "weights must be"),
        ("weights = 3\n", "key 'weights'"),
        ("[weights\n", "not valid TOML"),
    ],
)
def test_wrong_settings_name_the_key(text, said, tmp_path):
    file = tmp_path / "votes.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match=said):
        load_vote_settings(file)


def test_a_period_must_run_forward(empty_url):
    with Store(empty_url) as store:
        settings = Settings()
        assert read_period("2025-W05..2025-W08", store, settings).weeks == 4
        with pytest.raises(BadWeek, match="ends before"):
            read_period("2025-W08..2025-W05", store, settings)
        with pytest.raises(BadWeek, match="no messages"):
            read_period(None, store, settings)
