import datetime as dt
import gzip
import json
import struct
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from exports import im_rows, write_csv, write_xlsx

from otklik.datasets.delimited import MAX_CELL_CHARS
from otklik.datasets.errors import BadFile
from otklik.datasets.sheets import cell_text
from otklik.datasets.tables import read_table


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows_of(path, is_header=None):
    return [(row.line, dict(row.values), row.problem) for row in read_table(path, is_header).rows]


def has_text(cells):
    return "Текст" in cells


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_told(tmp_path, encoding, delimiter):
    lines = [["Номер", "Текст"], ["1", "Ёж на дороге"], ["2", "Фонарь"]]
    content = "\r\n".join(delimiter.join(line) for line in lines)
    path = write(tmp_path / "table.csv", content.encode(encoding))
    table = read_table(path)
    assert table.header == ("Номер", "Текст")
    assert [row.values["Текст"] for row in table.rows] == ["Ёж на дороге", "Фонарь"]


def test_separator_is_told_by_the_header_not_by_a_title(tmp_path):
    title = "Выгрузка, сообщения, ответы, статусы, итоги\n\n"
    path = write(tmp_path / "t.csv", title + "Номер;Текст\n1;Яма, лужа, грязь, мусор, лёд\n")
    assert rows_of(path, has_text) == [
        (4, {"Номер": "1", "Текст": "Яма, лужа, грязь, мусор, лёд"}, None)
    ]


def test_russian_letters_far_behind_an_ascii_beginning(tmp_path):
    content = "id,text\n" + "1,no cyrillic\n" * 20_000 + "2,Яма\n"
    last = [row.values["text"] for row in read_table(write(tmp_path / "t.csv", content)).rows][-1]
    assert last == "Яма"
    path = write(tmp_path / "old.csv", content.encode("cp1251"))
    assert [row.values["text"] for row in read_table(path).rows][-1] == "Яма"


def test_one_spoilt_byte_does_not_spoil_the_file(tmp_path):
    path = write(tmp_path / "t.csv", "Текст\nСвет".encode() + b"\xff" + "\nВода горячая\n".encode())
    assert [row["Текст"] for _, row, _ in rows_of(path)] == ["Свет\ufffd", "Вода горячая"]


def test_lines_are_counted_as_a_person_sees_them(tmp_path):
    path = write(tmp_path / "t.csv", 'Номер,Текст\n1,"две\nстроки"\n\n2,одна\n')
    assert [line for line, *_ in rows_of(path)] == [2, 5]


def test_cells_that_do_not_fit_the_header_are_told(tmp_path):
    path = write(tmp_path / "t.csv", "а,б\n1,2\n1,2,3\n1\n1,2,,\n")
    problems = {line: problem for line, _, problem in rows_of(path)}
    assert problems[2] is None
    assert problems[3] == "3 cells, the header has 2 columns"
    assert problems[4] == "1 cells, the header has 2 columns"
    assert problems[5] is None, "empty cells past the end are no fault"


def test_quote_that_is_never_closed_costs_its_own_row(tmp_path):
    path = write(tmp_path / "t.csv", 'Номер,Текст\n1,яма\n2,"забыли\n3,фонарь\n4,лужа\n')
    first, bad, *rest = rows_of(path)
    assert first == (2, {"Номер": "1", "Текст": "яма"}, None)
    assert (bad[0], bad[1]) == (3, {"Номер": "2", "Текст": '"забыли'})
    assert "never closed" in bad[2]
    assert rest == [
        (4, {"Номер": "3", "Текст": "фонарь"}, None),
        (5, {"Номер": "4", "Текст": "лужа"}, None),
    ]


def test_cell_beyond_all_measure_costs_its_own_row(tmp_path):
    content = f"Номер,Текст\n1,яма\n2,{'x' * (MAX_CELL_CHARS + 1)}\n3,лужа\n"
    rows = rows_of(write(tmp_path / "t.csv", content))
    assert [(line, problem is None) for line, _, problem in rows] == [
        (2, True),
        (3, False),
        (4, True),
    ]


def test_lines_of_two_encodings_in_one_file(tmp_path):
    lines = ["Номер;Текст", "1;Яма на Лесной", "2;Фонарь не горит", "3;Ёлки", "4;Свет"]
    for first, second in (("utf-8", "cp1251"), ("cp1251", "utf-8"), ("utf-8-sig", "cp1251")):
        content = [line.encode((first, second)[n % 2]) for n, line in enumerate(lines)]
        path = write(tmp_path / "t.csv", b"\r\n".join(content))
        read = [values["Текст"] for _, values, _ in rows_of(path, has_text)]
        assert read == [line.split(";")[1] for line in lines[1:]]


def test_nul_bytes_and_a_cell_of_a_megabyte(tmp_path):
    long = "ы" * 1_000_000
    path = write(tmp_path / "t.csv", f"Номер,Текст\n1,не\0т\n2,{long}\n3,да\n")
    assert [row["Текст"] for _, row, _ in rows_of(path)] == ["не\0т", long, "да"]


def test_repeated_and_empty_headers_get_names(tmp_path):
    path = write(tmp_path / "t.csv", "Ответ,Ответ,,Дата\n  создания\n1,2,3,4\n")
    assert read_table(path).header == ("Ответ", "Ответ (2)", "столбец 3", "Дата")
    write(path, "Ответ,Ответ,Ответ (2)\n1,2,3\n")
    assert read_table(path).header == ("Ответ", "Ответ (2)", "Ответ (2) (2)")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl", ".parquet"])
def test_every_kind_gives_the_same_rows_also_gzipped(tmp_path, suffix):
    rows = [{"Номер": str(number), "Текст": f"Яма № {number}"} for number in range(30)]
    path = tmp_path / f"table{suffix}"
    if suffix == ".csv":
        write_csv(path, rows, ["Номер", "Текст"])
    elif suffix == ".xlsx":
        write_xlsx(path, rows, ["Номер", "Текст"])
    elif suffix == ".jsonl":
        write(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    packed = write(tmp_path / f"table{suffix}.gz", gzip.compress(path.read_bytes()))
    for each in (path, packed):
        assert [values for _, values, _ in rows_of(each)] == rows


def test_sheet_below_titles_and_beside_hidden_sheets(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        hidden = book.add_worksheet("служебный")
        hidden.write(0, 0, "не смотреть")
        book.add_worksheet("пустой")
        sheet = book.add_worksheet("данные")
        sheet.activate()
        hidden.hide()
        sheet.write(2, 1, "Отчёт за неделю")
        sheet.write_row(4, 1, ["Номер", "Текст", "Когда"])
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        sheet.write_row(5, 1, [717475, "Яма"])
        sheet.write_datetime(5, 3, dt.datetime(2026, 2, 3, 4, 5, 6), moment)
    assert rows_of(path, has_text) == [
        (6, {"Номер": "717475", "Текст": "Яма", "Когда": "2026-02-03 04:05:06"}, None)
    ]


def sheets(path, *sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for line, cells in enumerate(rows):
                sheet.write_row(line, 0, cells)
    return path


def test_the_sheet_with_the_header_is_read(tmp_path):
    summary, data = [["Итого", "7"]], [["Номер", "Текст"], ["1", "Яма"]]
    path = sheets(tmp_path / "t.xlsx", ("Сводка", summary), ("Данные", data))
    assert rows_of(path, has_text) == [(2, {"Номер": "1", "Текст": "Яма"}, None)]


def test_messages_in_two_sheets_are_refused_not_lost(tmp_path):
    data = [["Номер", "Текст"], ["1", "Яма"]]
    path = sheets(tmp_path / "t.xlsx", ("Январь", data), ("Февраль", data))
    with pytest.raises(BadFile, match=r"two sheets, «Январь» and «Февраль».*Save each"):
        read_table(path, has_text)


def test_sheet_of_a_header_alone(tmp_path):
    table = read_table(sheets(tmp_path / "t.xlsx", ("Данные", [["Номер", "Текст"]])))
    assert table.header == ("Номер", "Текст")
    assert list(table.rows) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251", "utf-16"])
def test_jsonl_in_any_encoding(tmp_path, encoding):
    content = '{"Номер": "1", "Текст": "Яма"}\n{"Номер": "2", "Текст": "Ёж"}\n'
    path = write(tmp_path / "t.jsonl", content.encode(encoding))
    assert [values["Текст"] for _, values, _ in rows_of(path)] == ["Яма", "Ёж"]


def test_times_that_python_cannot_hold_stop_a_row_not_the_file(tmp_path):
    days = [dt.datetime(2026, 1, 2, 3, 4, 5), None]
    table = pa.table(
        {
            "когда": pa.array(days, pa.timestamp("us", tz="UTC")),
            "потом": pa.array([10**17, 0], pa.timestamp("ms")),
            "ровно": pa.array([1_767_225_600_000_000_123, 0], pa.timestamp("ns")),
            "долго": pa.array([1, 2], pa.duration("s")),
        }
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    first, second = (values for _, values, _ in rows_of(path))
    assert first["когда"] == "2026-01-02 03:04:05.000000Z"
    assert "out of range" in first["потом"]
    assert first["ровно"].startswith("2026-01-01 00:00:00")
    assert second["когда"] == ""


def test_jsonl_reports_lines_that_are_no_objects(tmp_path):
    path = write(tmp_path / "t.jsonl", '{"text": "яма", "n": 1.0, "x": null}\n[1]\n{"text": \n\n')
    rows = rows_of(path)
    assert rows[0] == (1, {"text": "яма", "n": "1", "x": ""}, None)
    assert rows[1][0] == 2
    assert "expected an object" in rows[1][2]
    assert "not valid JSON" in rows[2][2]


def test_jsonl_half_of_a_surrogate_pair_is_replaced(tmp_path):
    path = write(tmp_path / "t.jsonl", '{"text": "смех \\ud83d", "ok": "\\ud83d\\ude00"}\n')
    ((_, values, _),) = rows_of(path)
    assert values == {"text": "смех ?", "ok": "😀"}


def test_broken_gzip_gives_what_came_before(tmp_path):
    rows = list(im_rows(3000))
    whole = gzip.compress(write_csv(tmp_path / "t.csv", rows).read_bytes())
    path = write(tmp_path / "t.csv.gz", whole[: len(whole) * 2 // 3])
    kept = []
    with pytest.raises(BadFile, match=r"breaks off after line \d+"):
        kept.extend(row.values for row in read_table(path).rows)
    assert 500 < len(kept) < 3000
    assert kept == rows[: len(kept)]


def test_broken_gzip_of_a_few_lines_gives_them_too(tmp_path):
    packed = gzip.compress("Номер,Текст\n1,яма\n2,лужа\n".encode())
    path = write(tmp_path / "t.csv.gz", packed[:-8])
    kept = []
    with pytest.raises(BadFile, match="breaks off after line 3"):
        kept.extend(row.values["Текст"] for row in read_table(path).rows)
    assert kept == ["яма", "лужа"]


def locked_workbook():
    """The container that Excel makes of a workbook with a password, without any content."""
    none, end, fat = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = struct.pack("<8s16xHHHHH6x", bytes.fromhex("d0cf11e0a1b11ae1"), 62, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[none] * 108)

    def entry(name, kind, child, start):
        encoded = name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16xI16xIQ",
            encoded,
            len(encoded) + 2,
            kind,
            1,
            none,
            none,
            child,
            0,
            start,
            0,
        )

    folder = entry("Root Entry", 5, 1, end) + entry("EncryptedPackage", 2, none, end)
    sectors = struct.pack("<128I", fat, end, *[none] * 126) + folder.ljust(512, b"\0")
    return header + sectors


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n ;\n", "holds no rows"),
        ("picture.csv", bytes(range(256)) * 20, "neither a table nor text"),
        ("cut.xlsx", b"PK\x03\x04" + b"\0" * 100, "cannot be read as a spreadsheet"),
        ("locked.xlsx", locked_workbook(), "protected by a password"),
        ("bad.parquet", b"PAR1" + b"\0" * 100, "not a readable Parquet"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "is a web page"),
        ("array.json", b'[{"text": "1"}]', "none of its first 1 lines is a JSON object"),
        ("object.json", b'{\n "text": "1"\n}', "none of its first 3 lines"),
        ("bad.csv.gz", b"\x1f\x8b" + b"\0" * 20, "broken gzip"),
    ],
)
def test_unreadable_files_are_named_with_what_to_do(tmp_path, name, content, message):
    with pytest.raises(BadFile, match=message) as caught:
        rows_of(write(tmp_path / name, content))
    assert name in str(caught.value)


def test_missing_file():
    with pytest.raises(BadFile, match="No such file"):
        read_table(Path("нет_такого.csv"))


def test_xlsx_cut_in_the_middle(tmp_path):
    whole = write_xlsx(tmp_path / "t.xlsx", im_rows(200)).read_bytes()
    path = write(tmp_path / "cut.xlsx", whole[: len(whole) // 2])
    with pytest.raises(BadFile, match="cut off, damaged or protected"):
        rows_of(path)


def test_csv_is_streamed(tmp_path):
    def peak(count):
        path = write_csv(tmp_path / f"{count}.csv", im_rows(count))
        tracemalloc.start()
        for _ in read_table(path).rows:
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(4000) < 1.2 * peak(1000)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (717475.0, "717475"),
        (0.5, "0.5"),
        (7, "7"),
        ("да", "да"),
        (dt.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"),
        (dt.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_cells_as_a_person_would_type_them(value, text):
    assert cell_text(value) == text
