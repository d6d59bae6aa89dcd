import datetime as dt
import gzip
import json
import random
from zoneinfo import ZoneInfo

import pytest
from exports import IM_COLUMNS, im_rows, write_csv, write_xlsx

from otklik.datasets.errors import BadFile
from otklik.datasets.mapping import load_mapping
from otklik.datasets.reader import read_messages
from otklik.datasets.records import GivenAnswer, GivenStatus, Kind, Message, Place, SourceLabel
from otklik.datasets.rejects import Reject

MOSCOW = ZoneInfo("Europe/Moscow")
ROW = {
    "Номер инцидента": "900001",
    "ID": "41900001",
    "Отдел": "Администрация города Приреченска",
    "Исполнитель": "Водоканал",
    "Дата создания": "2026-01-12 07:30:15",
    "Дата окончания": "2026-01-15 10:00:00",
    "Текст инцидента": "'[club1|Подслушано], на ул. Мира прорвало трубу<br>Когда починят? 😡",
    "Общий текст первого ответа": "'Бригада выехала.",
    "Общее время первого ответа": "2026-01-12 09:00:00",
    "1ый ответ ПИ": "'Бригада выехала.",
    "Время 1го ответа ПИ": "2026-01-12 09:00:00",
    "2ой ответ ПИ": "'Трубу починили.",
    "3ий ответ ПИ": "'",
    "Текущий шаг инцидента": "Готово",
    "Итог": "Решено",
    "Группа тем": "ЖКХ",
    "Тема": "Аварии (в т.ч. прорывы) в системе водоснабжения",
    "Регион": "Приречная область",
    "Муниципалитет": "Приреченск г.о.",
    "Населенный пункт": "Приреченск",
    "Улица": "улица Мира",
    "Дом": "4Б",
    "Объект": "Насосная станция",
    "URL автора": "http://vk.com/author1",
    "Опрос отправлен": "",
}


def read(path, **options):
    return list(read_messages(path, load_mapping("im"), **options))


def read_rows(tmp_path, rows, columns=None):
    return read(write_csv(tmp_path / "im.csv", rows, columns or list(rows[0])))


def test_a_whole_row(tmp_path):
    (message,) = read_rows(tmp_path, [ROW])
    ended = dt.datetime(2026, 1, 15, 10, tzinfo=MOSCOW)
    assert message == Message(
        source="im",
        external_id="900001",
        kind=Kind.MESSAGE,
        text="Подслушано, на ул. Мира прорвало трубу\nКогда починят? 😡",
        posted_at=dt.datetime(2026, 1, 12, 7, 30, 15, tzinfo=MOSCOW),
        author="http://vk.com/author1",
        place=Place(
            region="Приречная область",
            municipality="Приреченск г.о.",
            settlement="Приреченск",
            street="улица Мира",
            house="4Б",
            asset="Насосная станция",
        ),
        labels=(
            SourceLabel("group", "ЖКХ", "im-2026"),
            SourceLabel("topic", "Аварии (в т.ч. прорывы) в системе водоснабжения", "im-2026"),
            SourceLabel("recipient", "Администрация города Приреченска"),
        ),
        answers=(
            GivenAnswer(
                "Бригада выехала.", dt.datetime(2026, 1, 12, 9, tzinfo=MOSCOW), "Водоканал"
            ),
            GivenAnswer("Трубу починили.", None, "Водоканал"),
        ),
        statuses=(GivenStatus("Готово", ended), GivenStatus("Решено", ended)),
        raw={name: value for name, value in ROW.items() if value},
    )


@pytest.mark.parametrize("seed", range(5))
def test_columns_in_any_order_in_any_file(tmp_path, seed):
    columns = list(IM_COLUMNS)
    random.Random(seed).shuffle(columns)
    rows = list(im_rows(40, seed=seed))
    expected = read_rows(tmp_path, rows, IM_COLUMNS)
    assert all(isinstance(message, Message) for message in expected)
    titles = ["Выгрузка инцидентов", "", "Период: январь"][: seed % 4]
    assert read(write_xlsx(tmp_path / "im.xlsx", rows, columns, titles)) == expected
    assert read_rows(tmp_path, rows, columns) == expected


@pytest.mark.parametrize("seed", range(5))
def test_any_subset_that_has_text_and_date(tmp_path, seed):
    others = [name for name in IM_COLUMNS if name not in ("Текст инцидента", "Дата создания")]
    chosen = random.Random(seed).sample(others, seed * 4)
    columns = [*chosen, "Текст инцидента", "Дата создания"]
    rows = list(im_rows(20))
    whole = read_rows(tmp_path, rows, IM_COLUMNS)
    part = read_rows(tmp_path, rows, columns)
    assert [(m.text, m.posted_at) for m in part] == [(m.text, m.posted_at) for m in whole]
    assert len({message.external_id for message in part}) == len(rows)


def test_spellings_of_headers(tmp_path):
    row = {
        "НОМЕР  ИНЦИДЕНТА": "7",
        "Текст\nинцидента": "Яма",
        "дата создания ": "12.01.2026 07:30",
        "Населённый пункт": "Приреченск",
    }
    (message,) = read_rows(tmp_path, [row])
    assert (message.external_id, message.place.settlement) == ("7", "Приреченск")
    assert set(message.raw) == {
        "НОМЕР ИНЦИДЕНТА",
        "Текст инцидента",
        "дата создания",
        "Населённый пункт",
    }


def test_identity(tmp_path):
    def ids(**changes):
        return read_rows(tmp_path, [{**ROW, **changes}])[0].external_id

    nameless = {"Номер инцидента": "", "ID": ""}
    assert ids(**{"Номер инцидента": ""}) == "41900001"
    assert ids(**nameless) == ids(**nameless)
    assert ids(**nameless, Итог="Разъяснено") == ids(**nameless), "work goes on, same message"
    assert ids(**nameless) != ids(**nameless, **{"Текст инцидента": "'Другое"})


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-12 07:30:00",
        "12.01.2026 07:30",
        "2026-01-12T07:30:00+03:00",
        dt.datetime(2026, 1, 12, 7, 30),
        46034.3125,
    ],
)
def test_dates_of_a_sheet(tmp_path, written):
    path = write_xlsx(
        tmp_path / "im.xlsx",
        [{"Текст инцидента": "Яма", "Дата создания": written}],
        ["Текст инцидента", "Дата создания"],
    )
    (message,) = read(path)
    assert message.posted_at == dt.datetime(2026, 1, 12, 7, 30, tzinfo=MOSCOW)


def test_times_without_a_zone_take_that_of_the_settings(tmp_path):
    path = write_csv(tmp_path / "im.csv", [ROW], list(ROW))
    (message,) = read(path, timezone="Asia/Omsk")
    assert message.posted_at.utcoffset() == dt.timedelta(hours=6)


def test_bad_rows_are_refused_and_the_rest_goes_on(tmp_path):
    rows = [
        ROW,
        {**ROW, "Дата создания": "вчера"},
        {**ROW, "Дата создания": ""},
        {**ROW, "Текст инцидента": "'"},
        {**ROW, "Текст инцидента": "'<br>\u200b"},
        ROW,
    ]
    first, *bad, last = read_rows(tmp_path, rows)
    assert first == last
    assert [(reject.line, reject.column, reject.value) for reject in bad] == [
        (3, "Дата создания", "вчера"),
        (4, "Дата создания", ""),
        (5, "Текст инцидента", ""),
        (6, "Текст инцидента", "'<br>\u200b"),
    ]
    assert [reject.reason.split(" that")[0] for reject in bad] == [
        "not a date",
        "no date",
        "no text",
        "no text",
    ]
    assert {reject.file for reject in bad} == {"im.csv"}


def test_rows_that_do_not_fit_the_header_are_refused(tmp_path):
    path = tmp_path / "im.csv"
    path.write_text(
        "Номер,Текст,Дата\n1,Яма,12.01.2026\n2,Яма,12.01.2026,лишнее\n3,Яма\n4,Лужа,12.01.2026\n",
        encoding="utf-8",
    )
    found = read(path)
    assert [item.line for item in found if isinstance(item, Reject)] == [3, 4]
    assert [item.external_id for item in found if isinstance(item, Message)] == ["1", "4"]


def test_nul_bytes_never_reach_a_message(tmp_path):
    (message,) = read_rows(tmp_path, [{**ROW, "Текст инцидента": "'я\0ма", "Примечание": "\0!"}])
    assert message.text == "яма"
    assert "\0" not in "".join(message.raw.values())


def test_a_text_of_a_megabyte(tmp_path):
    long = "яма " * 250_000
    (message,) = read_rows(tmp_path, [{**ROW, "Текст инцидента": long}])
    assert message.text == long.strip()


def test_an_unreadable_date_that_nobody_insists_on_stays_in_raw(tmp_path):
    (message,) = read_rows(tmp_path, [{**ROW, "Дата окончания": "скоро"}])
    assert {status.at for status in message.statuses} == {None}
    assert message.raw["Дата окончания"] == "скоро"


@pytest.mark.parametrize(
    ("header", "missing"), [("Номер;Дата создания", "text"), ("Номер;Текст инцидента", "date")]
)
def test_a_table_without_text_or_date_says_what_it_looked_for(tmp_path, header, missing):
    path = tmp_path / "im.csv"
    path.write_text(f"{header}\n1;2\n", encoding="utf-8")
    with pytest.raises(BadFile, match=f"no column for the {missing}") as caught:
        read_messages(path, load_mapping("im"))
    for word in (*header.split(";"), "Looked for", "im.csv"):
        assert word in str(caught.value)


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path):
    whole = gzip.compress(write_csv(tmp_path / "im.csv", im_rows(2000)).read_bytes())
    path = tmp_path / "im.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    kept = []
    with pytest.raises(BadFile, match="breaks off after line"):
        kept.extend(read_messages(path, load_mapping("im")))
    assert len(kept) > 100
    assert all(isinstance(message, Message) for message in kept)


def test_jsonl(tmp_path):
    path = tmp_path / "im.jsonl"
    path.write_text(json.dumps(ROW, ensure_ascii=False) + "\n[]\n", encoding="utf-8")
    message, reject = read(path)
    assert message == read_rows(tmp_path, [ROW])[0]
    assert reject.line == 2
