"""The reports of a week, from input to files."""

import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pyarrow.parquet as pq
import pytest
from weeks import WEEK, ZONE, make_week

from otklik.datasets.errors import BadTemplate, BadWeek, Contradiction
from otklik.pipelines.fact_base import Evidence
from otklik.pipelines.report_docx import render_docx
from otklik.pipelines.report_trace import trace_number
from otklik.pipelines.week import Week
from otklik.pipelines.weekly import build_week

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("weekly")]

DIGITS = re.compile(r"\d+")
START = pd.Timestamp(WEEK.start(ZONE))


@pytest.fixture(scope="module")
def given():
    return make_week()


@pytest.fixture(scope="module")
def built(given, tmp_path_factory):
    return build_week(given, tmp_path_factory.mktemp("reports"))


class Page(HTMLParser):
    """Text of a page, with the fact that each piece of it belongs to."""

    def __init__(self, html):
        super().__init__()
        self.pieces, self._facts, self._skip = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._skip += tag in ("style", "title")
        if tag == "span":
            self._facts.append(dict(attrs).get("data-fact"))

    def handle_endtag(self, tag):
        self._skip -= tag in ("style", "title")
        if tag == "span":
            self._facts.pop()

    def handle_data(self, data):
        if not self._skip:
            self.pieces.append((data, self._facts[-1] if self._facts else None))


def bytes_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def records_of(built, name):
    return json.loads((built.folder / name / "facts.json").read_text(encoding="utf-8"))


def test_every_sector_the_head_and_the_mayor_get_all_formats(built, given):
    groups = given.snapshot.table["group"].nunique()
    assert {"mayor", "summary", "roads"} <= set(built.reports)
    assert 2 < len(built.reports) <= groups + 2
    for name in built.reports:
        for kind in ("html", "docx", "xlsx"):
            assert (built.folder / name / f"{name}.{kind}").stat().st_size > 1000


def test_every_numeral_of_every_page_is_a_stored_query(built):
    evidence = Evidence.read(built.folder / "snapshot", built.folder / "tables")
    numerals = 0
    for name in built.reports:
        facts = {record["id"]: record for record in records_of(built, name)}
        page = Page((built.folder / name / f"{name}.html").read_text(encoding="utf-8"))
        for text, fact in page.pieces:
            if DIGITS.search(text):
                assert fact is not None, f"{name}: {text!r} is no fact"
                assert text == facts[fact]["shown"]
                assert list(evidence.row(facts[fact]["query"])) == facts[fact]["values"]
                numerals += len(DIGITS.findall(text))
    assert numerals > 300


def test_every_numeral_of_the_mayors_note_in_docx_is_one_of_the_page(built):
    from docx import Document

    document = Document(built.folder / "mayor" / "mayor.docx")
    shown = {record["shown"] for record in records_of(built, "mayor")}
    runs = [run.text for paragraph in document.paragraphs for run in paragraph.runs]
    assert [text for text in runs if DIGITS.search(text) and text not in shown] == []
    assert any(DIGITS.search(text) for text in runs)


def test_the_planted_surge_is_told_with_cause_measures_and_decision(built):
    html = (built.folder / "mayor" / "mayor.html").read_text(encoding="utf-8")
    text = "".join(piece for piece, _ in Page(html).pieces)
    assert "«Ямы во дворах»" in text
    assert "размыв основания дороги" in text
    assert "подтвердить причину на месте и назначить срок её устранения" in text
    assert "открыта вновь, о ней пишут после затишья: за неделю 25 сообщений" in text
    assert text.index("Что выросло") < text.index("Какие меры") < text.index("Что решить")


def told(built, name):
    html = (built.folder / name / f"{name}.html").read_text(encoding="utf-8")
    return "".join(piece for piece, _ in Page(html).pieces)


def without(given, *parts):
    return replace(given, parts={key: one for key, one in given.parts.items() if key not in parts})


def test_where_no_cause_is_proven_it_is_told_what_people_say_and_what_would_show_it(
    given, tmp_path
):
    bare = without(given, "causes", "cause_messages", "incidents", "incident_messages")
    text = told(build_week(bare, tmp_path), "mayor")
    assert "Причину называют так: жители — «погода и природа» (25)" in text
    assert "доказанной общей причины нет" in text
    assert "«Ямы во дворах»: поручить сравнить дни обращений с погодой" in text


def test_a_rise_of_many_recipients_is_laid_at_nobodys_door(given, tmp_path):
    table = given.snapshot.table.copy()
    surge = table.index[(table["topic"] == "Ямы во дворах") & (table["dated_at"] >= START)]
    table.loc[surge, "recipient"] = [f"МБУ № {number % 4}" for number in range(len(surge))]
    many = replace(given, snapshot=replace(given.snapshot, table=table))
    text = told(build_week(many, tmp_path), "mayor")
    assert "исполнителей — 4, первый по числу сообщений — МБУ № 0" in text
    assert "Ответственные: исполнители по своим участкам, всего 4." in text
    table.loc[surge, "recipient"] = "МБУ № 1"
    text = told(build_week(many, tmp_path / "one"), "mayor")
    assert re.search(r"отвечает МБУ № 1 \((\d+) из \1\)", text)
    assert "Ответственный: МБУ № 1." in text


def test_one_rise_of_two_may_have_an_incident(given, tmp_path):
    table = given.snapshot.table.copy()
    old = table.index[(table["group"] == "ЖКХ") & (table["dated_at"] < START)][-30:]
    table.loc[old, "dated_at"] = [START + pd.Timedelta(hours=5 * n) for n in range(len(old))]
    table.loc[old, "topic"] = "Неисправность или отключение лифтов"
    bursts = given.parts["bursts"]
    more = bursts.assign(topic="Неисправность или отключение лифтов")
    parts = {**without(given, "causes", "cause_messages").parts}
    parts["bursts"] = pd.concat([bursts, more], ignore_index=True)
    both = replace(given, snapshot=replace(given.snapshot, table=table), parts=parts)
    text = told(build_week(both, tmp_path), "summary")
    assert "Массовое происшествие: Провал на дороге" in text
    assert "«Неисправность или отключение лифтов»" in text


def test_small_incidents_and_small_returns_do_not_reach_the_mayor(given, tmp_path):
    parts = dict(given.parts)
    for name in ("problem_messages", "incident_messages"):
        parts[name] = parts[name].head(4)
    text = told(build_week(replace(given, parts=parts), tmp_path), "mayor")
    assert "Провал на дороге" in told(build_week(given, tmp_path / "large"), "mayor")
    assert "Провал на дороге" not in text
    assert "открыта вновь" not in text
    assert "открытых вновь — 0" in text


def test_a_city_without_terms_says_so_once_and_judges_nobody_by_them(given, tmp_path):
    built = build_week(replace(given, due_at=None), tmp_path)
    mayor, summary = told(built, "mayor"), told(built, "summary")
    assert mayor.count("Сроки ответа для города не заданы: о сроках нет данных.") == 1
    assert "Срок ответа истёк" not in mayor
    assert "без известного срока" in summary
    for words in ("в срок", "Истёк срок", "Группа по срокам"):
        assert words not in summary.replace("к какому сроку", "")


def test_a_sector_that_nothing_happened_in_gets_no_report(given, tmp_path):
    table = given.snapshot.table
    quiet = (table["group"] == "ЖКХ") & (table["dated_at"] >= START - pd.Timedelta(weeks=3))
    gone = replace(given, snapshot=replace(given.snapshot, table=table[~quiet]))
    due = given.due_at - pd.Timedelta(hours=20)
    answered = table["answered_at"].fillna(table["dated_at"])
    gone.snapshot.table["answered_at"] = answered.reindex(gone.snapshot.table.index)
    built = build_week(replace(gone, due_at=due), tmp_path)
    assert "utilities" not in built.reports
    assert "roads" in built.reports


def test_no_column_of_a_table_is_without_any_data(built, given, tmp_path):
    nameless = given.snapshot.table.assign(author=None)
    other = build_week(
        replace(given, snapshot=replace(given.snapshot, table=nameless), due_at=None), tmp_path
    )
    for reports in (built, other):
        for name in reports.reports:
            report = (reports.folder / name / f"{name}.html").read_text(encoding="utf-8")
            for table in re.findall(r"<tbody>(.*?)</tbody>", report, re.DOTALL):
                rows = [
                    re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
                    for row in table.split("</tr>")[:-1]
                ]
                for column in zip(*rows, strict=True):
                    assert len(rows) < 3 or any("нет данных" not in cell for cell in column)


def test_words_of_the_store_are_not_shown(built):
    import openpyxl

    book = openpyxl.load_workbook(built.folder / "summary" / "summary.xlsx")
    shown = {
        str(cell.value) for sheet in list(book)[:-1] for row in sheet.iter_rows() for cell in row
    }
    assert {"Поступило", "открыта вновь", "да"} <= shown
    assert not shown & {"received", "reopened", "open", "negative", "citizens"}


def test_the_mayors_note_is_short(built):
    from docx import Document

    document = Document(built.folder / "mayor" / "mayor.docx")
    # A page of A4 at 12 points holds some 3000 characters.
    assert sum(len(paragraph.text) for paragraph in document.paragraphs) < 2800


def test_missing_parts_are_said_to_be_missing(tmp_path):
    bare = replace(make_week(parts=False), due_at=None)
    built = build_week(bare, tmp_path)
    html = (built.folder / "summary" / "summary.html").read_text(encoding="utf-8")
    text = "".join(piece for piece, _ in Page(html).pieces)
    assert "Проблемы под постоянными номерами: нет данных." in text
    assert "Ответы по существу: нет данных" in text


def test_shares_never_stand_without_their_interval(built):
    for name in built.reports:
        for record in records_of(built, name):
            if record["kind"] == "share" and record["values"][0] is not None:
                assert re.fullmatch(r"\d+\u00a0% \(\d+–\d+\u00a0%\)", record["shown"])


def test_the_same_snapshot_gives_the_same_bytes(built, given, tmp_path):
    again = build_week(given, tmp_path)
    assert bytes_of(again.folder) == bytes_of(built.folder)


def test_a_second_run_makes_nothing_anew(built, given):
    before = bytes_of(built.folder)
    again = build_week(given, built.folder.parent)
    assert again.made == 0
    assert bytes_of(built.folder) == before


def test_an_injected_contradiction_stops_the_build(given, tmp_path, monkeypatch):
    from otklik.pipelines import weekly

    honest = weekly.derive

    def wrong(frozen, asked):
        tables = honest(frozen, asked)
        table = tables["indicators"]
        table.loc[(table["scope"] == "Дороги") & (table["name"] == "received"), "observed"] += 1
        return tables

    monkeypatch.setattr(weekly, "derive", wrong)
    with pytest.raises(Contradiction, match=r"says \d+ .* messages are behind it"):
        build_week(given, tmp_path)
    assert not (tmp_path / WEEK.name / "summary").exists()


def test_a_problem_whose_messages_do_not_add_up_stops_the_build(given, tmp_path):
    members = given.parts["problem_messages"]
    doubled = pd.concat([members, members.head(1)], ignore_index=True)
    wrong = replace(given, parts={**given.parts, "problem_messages": doubled})
    with pytest.raises(Contradiction):
        build_week(wrong, tmp_path)


def test_trace_leads_from_print_to_messages(built, given):
    folder = built.folder / "mayor"
    received = next(one for one in records_of(built, "mayor") if "'received'" in one["query"])
    for asked in (received["shown"], received["id"]):
        found = trace_number(folder / "mayor.html", asked)
        traced = next(one for one in found if one.id == received["id"])
        assert len(traced.message_ids) == int(received["shown"])
        dated = given.snapshot.table.loc[list(traced.message_ids), "dated_at"]
        assert dated.min() >= pd.Timestamp(WEEK.start(given.zone))
        assert dated.max() < pd.Timestamp(WEEK.stop(given.zone))


def test_pages_fetch_and_run_nothing(built):
    for name in built.reports:
        html = (built.folder / name / f"{name}.html").read_text(encoding="utf-8")
        assert "<script" not in html
        assert not re.search(r"""(?:src|href)=["'](?!data:)""", html)
        assert "url(" not in html


def test_cells_cannot_run(built, given, tmp_path):
    import openpyxl

    table = given.snapshot.table
    victim = table.index[table["dated_at"] >= pd.Timestamp(WEEK.start(given.zone))][0]
    texts = table["text"].copy()
    texts.loc[victim] = '=HYPERLINK("http://example.invalid","жми")'
    changed = replace(given, snapshot=replace(given.snapshot, table=table.assign(text=texts)))
    built = build_week(changed, tmp_path)
    book = openpyxl.load_workbook(built.folder / "summary" / "summary.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)
    assert all(sheet.auto_filter.ref for sheet in book)


def test_bi_tables_hold_every_fact_and_no_author(built):
    facts = pq.read_table(built.folder / "bi" / "facts.parquet").to_pandas()
    assert set(facts["report"]) == set(built.reports)
    assert "author" not in pq.read_schema(built.folder / "bi" / "messages.parquet").names


def test_later_news_do_not_change_the_report_of_an_old_week(built, given, tmp_path):
    """An answer of the next week was not known when the week ended."""
    table = given.snapshot.table.copy()
    waiting = table.index[table["answered_at"].isna()][:20]
    later = pd.Timestamp(WEEK.stop(given.zone)) + pd.Timedelta(days=2)
    table.loc[waiting, "answered_at"] = later.tz_convert("UTC")
    built_later = build_week(
        replace(given, snapshot=replace(given.snapshot, table=table)), tmp_path
    )
    assert bytes_of(built_later.folder / "mayor") == bytes_of(built.folder / "mayor")


def test_a_template_of_the_customer_is_used_or_refused(built, given, tmp_path):
    from docx import Document

    from otklik.pipelines.report_compose import compose
    from otklik.pipelines.report_docx import TEMPLATE

    own = Document(TEMPLATE)
    own.sections[0].header.paragraphs[0].text = "Мэрия города Примерска"
    own.add_paragraph("Исполнитель записки: отдел анализа")
    own.save(tmp_path / "own.docx")
    evidence = Evidence.read(built.folder / "snapshot", built.folder / "tables")
    report = compose("mayor", "", WEEK, evidence)
    made = Document(io.BytesIO(render_docx(report, WEEK, tmp_path / "own.docx")))
    assert made.sections[0].header.paragraphs[0].text == "Мэрия города Примерска"
    assert made.paragraphs[0].text.startswith("Записка мэру")
    assert made.paragraphs[-1].text == "Исполнитель записки: отдел анализа"
    Document().save(tmp_path / "bare.docx")
    with pytest.raises(BadTemplate, match=r"no style .*Otklik Cell"):
        render_docx(report, WEEK, tmp_path / "bare.docx")
    (tmp_path / "none.docx").write_text("текст", encoding="utf-8")
    with pytest.raises(BadTemplate, match="is no DOCX"):
        render_docx(report, WEEK, tmp_path / "none.docx")


def test_archives_carry_no_clock(built):
    for kind in ("docx", "xlsx"):
        with zipfile.ZipFile(built.folder / "mayor" / f"mayor.{kind}") as packed:
            assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_week_without_messages_is_refused(given, tmp_path):
    with pytest.raises(BadWeek, match=r"No message in 2024-W10; there are some from 2025-W01"):
        build_week(replace(given, week=Week.parse("2024-W10")), tmp_path)
