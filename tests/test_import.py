"""`otklik import`: counts add up, nothing changes twice, nothing personal is left anywhere."""

import csv
import gzip
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from commands import OTKLIK, run, run_json
from exports import CANARIES, IM_COLUMNS, im_rows, write_csv, write_xlsx

from otklik.datasets.errors import BadFile, BadMapping
from otklik.datasets.export import write_messages
from otklik.datasets.settings import Settings
from otklik.datasets.store import open_store
from otklik.pipelines.ingest import ingest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
# What a canary consists of, in whatever form it might slip through.
TRACES = [
    "канарейкин",
    "стелл",
    "аркадьевн",
    "555-01-77",
    "5550177",
    "kanareyka",
    "555017700",
    "112-233-445",
    "11223344595",
]


@pytest.fixture
def settings(store_url, tmp_path):
    return Settings(var=tmp_path / "var", database_url=store_url, batch_rows=50, workers=1)


@pytest.fixture
def sqlite_settings(tmp_path):
    return Settings(var=tmp_path / "var", batch_rows=50, workers=1)


def numbers(summary):
    return {name: value for name, value in summary.counts().items() if name != "duplicates"}


def counts(read=0, stored=0, changed=0, unchanged=0, rejected=0):
    return {
        "read": read,
        "stored": stored,
        "changed": changed,
        "unchanged": unchanged,
        "rejected": rejected,
    }


def test_second_import_changes_nothing_and_a_changed_row_is_a_new_version(tmp_path, settings):
    rows = list(im_rows(120))
    rows[7]["Дата создания"] = "позавчера"
    path = write_csv(tmp_path / "export.csv", rows)
    assert numbers(ingest(path, "im", settings)) == counts(read=120, stored=119, rejected=1)
    assert numbers(ingest(path, "im", settings)) == counts(read=120, unchanged=119, rejected=1)

    rows[7]["Дата создания"] = "2026-01-14 08:00:00"
    rows[3]["Текст инцидента"] = "Воду дали, спасибо!"
    write_csv(path, rows)
    assert numbers(ingest(path, "im", settings)) == counts(
        read=120, stored=1, changed=1, unchanged=118
    )
    with open_store(settings) as store:
        assert store.count() == 120
        now = store.find("im", rows[3]["Номер инцидента"])
        texts = [version.message.text for version in store.versions(now.id)]
        assert (now.version, texts[-1]) == (2, "Воду дали, спасибо!")
        assert texts[0] != texts[-1]
        assert [run.counts["read"] for run in store.imports()] == [120, 120, 120]


def test_the_same_row_twice_in_one_file_is_one_message(tmp_path, settings):
    rows = list(im_rows(60))
    path = write_csv(tmp_path / "export.csv", [*rows, rows[0], rows[59]])
    assert numbers(ingest(path, "im", settings)) == counts(read=62, stored=60, unchanged=2)


def test_xlsx_and_csv_of_one_export_are_the_same_messages(tmp_path, sqlite_settings):
    rows = list(im_rows(60))
    columns = sorted(IM_COLUMNS)
    book = write_xlsx(tmp_path / "export.xlsx", rows, columns, titles=["Выгрузка", "за неделю"])
    assert numbers(ingest(book, "im", sqlite_settings)) == counts(read=60, stored=60)
    with open_store(sqlite_settings) as store:
        from_book = {m.external_id: (m.text, m.posted_at) for m in store.messages()}
    other = sqlite_settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/b.db"})
    ingest(write_csv(tmp_path / "export.csv", rows), "im", other)
    with open_store(other) as store:
        assert {m.external_id: (m.text, m.posted_at) for m in store.messages()} == from_book


def test_duplicates_of_a_text_are_linked_to_the_first(tmp_path, sqlite_settings):
    rows = list(im_rows(3))
    for row, text in zip(
        rows,
        ["Нет света на Лесной!", "нет света на лесной", "Нет воды на Лесной"],
        strict=True,
    ):
        row["Текст инцидента"] = text
    summary = ingest(write_csv(tmp_path / "e.csv", rows), "im", sqlite_settings)
    assert (summary.stored, summary.duplicates) == (3, 1)
    with open_store(sqlite_settings) as store:
        first, second, third = store.stored()
    assert (first.duplicate_of, second.duplicate_of, third.duplicate_of) == (None, first.id, None)


def test_messages_are_masked_and_resolved(tmp_path, sqlite_settings):
    row = next(im_rows(1))
    row["Текст инцидента"] = "'Яма на улице Сайханова, дом 112. Ислам Ахмадов, 8 928 000-11-22"
    row |= {"Улица": "", "Дом": "", "Муниципалитет": "Грозный г.о.", "Населенный пункт": "Грозный"}
    ingest(write_csv(tmp_path / "e.csv", [row]), "im", sqlite_settings)
    with open_store(sqlite_settings) as store:
        found = next(iter(store.stored()))
    text = found.message.text
    assert text == "Яма на улице Сайханова, дом 112. [ФИО], [ТЕЛЕФОН]"
    assert [(kind, text[start:stop]) for kind, start, stop in found.mask_spans] == [
        ("ФИО", "[ФИО]"),
        ("ТЕЛЕФОН", "[ТЕЛЕФОН]"),
    ]
    assert (found.place.street, found.place.house) == ("улица Сайханова", "112")
    assert found.place.district == "Байсангуровский"
    assert found.message.raw["Муниципалитет"] == "Грозный г.о."
    assert found.message.author
    assert row["URL автора"] not in found.message.author


def everything(settings, url):
    """All that an import left behind: database, salt, rejects, as text."""
    parts = [
        path.read_bytes().decode("utf-8", "replace")
        for path in settings.var.glob("**/*")
        if path.is_file()
    ]
    if url.startswith("sqlite"):
        base = Path(url.removeprefix("sqlite:///"))
        parts += [p.read_bytes().decode("utf-8", "replace") for p in base.parent.glob("store.db*")]
    else:
        with open_store(settings) as store, store.database.reading() as connection:
            tables = connection.exec_driver_sql(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            ).scalars()
            for table in list(tables):
                rows = connection.exec_driver_sql(f'SELECT t::text FROM "{table}" t').scalars()
                parts += list(rows)
    return "\n".join(parts).casefold()


def test_nothing_personal_is_stored_or_logged(tmp_path, store_url):
    """Canaries in texts, answers, recipients, titles and refused rows; then everything is read."""
    rows = list(im_rows(60, canary_every=2))
    for number, row in enumerate(rows):
        canary = CANARIES[number % len(CANARIES)]
        row["1ый ответ ПИ"] = f"'Здравствуйте! Перезвоните: {canary}."
        row["Примечание"] = canary
        row["URL автора"] = "https://vk.com/id555017700"
    rows[4]["Дата создания"] = f"вчера, {CANARIES[0]}"
    rows[5]["Дата создания"] = CANARIES[1]
    rows[6]["Текст инцидента"] = rows[6]["Текст инцидента"].upper()
    rows[8]["Текст инцидента"] = rows[8]["Текст инцидента"].lower()
    path = write_csv(tmp_path / "export.csv", rows)
    var = tmp_path / "var"
    # A salt that is given: the digits of a random hash may happen to be those of a canary.
    env = {"var": var, "database_url": store_url, "author_salt": "соль для поиска следов"}
    done = run("import", path, "--as", "im", workers=1, **env)
    assert done.returncode == 0, done.stderr
    settings = Settings(var=var, database_url=store_url)
    left = everything(settings, store_url) + (done.stdout + done.stderr).casefold()
    assert "[фио" in left
    assert [trace for trace in TRACES if trace in left] == []


def test_originals_are_kept_only_encrypted_and_only_on_request(tmp_path):
    from cryptography.fernet import Fernet

    key = Fernet.generate_key().decode()
    settings = Settings(var=tmp_path / "var", keep_originals=True, originals_key=key)
    rows = list(im_rows(2, canary_every=1))
    ingest(write_csv(tmp_path / "e.csv", rows), "im", settings)
    with open_store(settings) as store:
        first = next(iter(store.stored()))
        assert CANARIES[0] in store.original(first.id, first.version)
    assert "канарейкин" not in everything(settings, settings.database_url)


def test_dry_run_tells_and_writes_nothing(tmp_path, sqlite_settings):
    rows = list(im_rows(70))
    rows[0]["Дата создания"] = ""
    path = write_csv(tmp_path / "e.csv", rows)
    told = ingest(path, "im", sqlite_settings, dry_run=True)
    assert numbers(told) == counts(read=70, stored=69, rejected=1)
    assert not (sqlite_settings.var / "otklik.db").exists()
    assert not (sqlite_settings.var / "imports").exists()
    ingest(path, "im", sqlite_settings)
    rows[9]["Текст инцидента"] = "Другой текст"
    write_csv(path, rows)
    told = ingest(path, "im", sqlite_settings, dry_run=True)
    assert numbers(told) == counts(read=70, changed=1, unchanged=68, rejected=1)
    with open_store(sqlite_settings) as store:
        assert store.count() == 69
        assert len(store.imports()) == 1


def test_refused_rows_are_kept_with_line_column_value_and_reason(tmp_path, sqlite_settings):
    rows = list(im_rows(5))
    rows[1]["Дата создания"] = "31.02.2026"
    rows[3]["Текст инцидента"] = "'"
    summary = ingest(write_csv(tmp_path / "e.csv", rows), "im", sqlite_settings)
    assert summary.rejected == 2
    refused = [json.loads(line) for line in summary.rejects.read_text("utf-8").splitlines()]
    assert summary.rejects.name == "rejects.jsonl"
    assert [(r["file"], r["line"], r["column"], r["value"]) for r in refused] == [
        ("e.csv", 3, "Дата создания", "31.02.2026"),
        ("e.csv", 5, "Текст инцидента", ""),
    ]
    assert all(r["reason"] for r in refused)


def test_a_file_that_breaks_off_keeps_what_was_read(tmp_path, sqlite_settings):
    whole = write_csv(tmp_path / "e.csv", im_rows(2000))
    packed = gzip.compress(whole.read_bytes())
    broken = tmp_path / "e.csv.gz"
    broken.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(BadFile, match=r"breaks off after line \d+.*stored \d+") as caught:
        ingest(broken, "im", sqlite_settings, ner=False)
    with open_store(sqlite_settings) as store:
        kept = store.count()
    assert 100 < kept < 2000
    assert f"stored {kept}" in str(caught.value)
    broken.write_bytes(packed)
    summary = ingest(broken, "im", sqlite_settings, ner=False)
    assert numbers(summary) == counts(read=2000, stored=2000 - kept, unchanged=kept)


@pytest.mark.parametrize(
    ("content", "preset", "error"),
    [
        (None, "im", BadFile),
        (b"", "im", BadFile),
        (b"a;b\n1;2\n", "im", BadFile),
        (b"PK\x03\x04 not a workbook", "im", BadFile),
        ("Текст инцидента;Дата создания\nНет воды;2026-01-01\n".encode(), "нет", BadMapping),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(
    tmp_path, sqlite_settings, content, preset, error
):
    path = tmp_path / "export.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error):
        ingest(path, preset, sqlite_settings)
    assert not sqlite_settings.var.exists()


def test_errors_are_one_line_and_exit_code_1(tmp_path):
    done = run("import", tmp_path / "none.xlsx", "--as", "im", var=tmp_path / "var")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("otklik: ")
    assert done.stderr.count("\n") == 1
    assert run("import").returncode == 2


def test_settings_come_from_a_file_and_bad_ones_are_named(tmp_path):
    config = tmp_path / "otklik.toml"
    config.write_text(f'var = "{tmp_path}/from-file"\n', encoding="utf-8")
    path = write_csv(tmp_path / "e.csv", im_rows(2))
    run_json("import", path, "--as", "im", config=config)
    assert (tmp_path / "from-file" / "otklik.db").is_file()
    config.write_text("batch_rows = 0\n", encoding="utf-8")
    done = run("import", path, "--as", "im", config=config)
    assert done.returncode == 1
    assert "OTKLIK_BATCH_ROWS" in done.stderr
    assert "0" in done.stderr


def test_several_workers_store_what_one_stores(tmp_path):
    path = write_csv(tmp_path / "e.csv", im_rows(400, canary_every=5))
    stored = []
    for workers in (1, 2):
        settings = Settings(
            var=tmp_path / f"var{workers}",
            batch_rows=40,
            workers=workers,
            author_salt="соль для двух",
        )
        ingest(path, "im", settings, ner=False)
        with open_store(settings) as store:
            stored.append([(m.id, m.message, m.place, m.duplicate_of) for m in store.stored()])
    strip = [[(i, replace(m, received_at=None), p, d) for i, m, p, d in rows] for rows in stored]
    assert strip[0] == strip[1]


def test_full_disk_is_told_and_the_import_can_be_completed(tmp_path):
    path = write_csv(tmp_path / "e.csv", im_rows(3000))
    var = tmp_path / "var"
    # No file may grow over 4,000 KiB: to the database that is a full disk.
    limited = ["bash", "-c", 'ulimit -f 4000; trap "" XFSZ; exec "$@"', "_", *OTKLIK]
    done = subprocess.run(
        [*limited, "import", str(path), "--as", "im", "--no-ner"],
        env={**os.environ, "OTKLIK_VAR": str(var), "OTKLIK_BATCH_ROWS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "disk" in done.stderr
    summary = ingest(path, "im", Settings(var=var), ner=False)
    assert summary.stored + summary.unchanged == 3000
    assert summary.stored > 0
    assert summary.unchanged % 200 == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "preset"),
    [
        ("perm_im.csv.gz", "perm"),
        ("kursk_pos.csv.gz", "kursk"),
        ("spb_appeals.csv.gz", "spb"),
        ("omsk_im_export_sample.csv.gz", "im"),
    ],
)
def test_real_files_go_in(tmp_path, file, preset):
    """Without the tagger and, of the long ones, every tenth row, to be quick."""
    if not (SHARED / file).is_file():
        pytest.skip(f"no {file} beside the repository")
    with gzip.open(SHARED / file, "rt", encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    rows = rows[:: 10 if len(rows) > 10_000 else 1]
    path = tmp_path / "sample.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])
    settings = Settings(var=tmp_path / "var", city="spb" if preset == "spb" else "grozny")
    summary = ingest(path, preset, settings, ner=False)
    assert summary.read == len(rows)
    assert summary.read == (summary.stored + summary.changed + summary.unchanged + summary.rejected)
    assert summary.rejected <= 0.01 * summary.read
    again = ingest(path, preset, settings, ner=False)
    assert (again.stored, again.changed) == (0, 0)
    with open_store(settings) as store:
        assert store.count() == summary.stored


@pytest.mark.parametrize("name", ["all.jsonl", "all.parquet"])
def test_own_export_changes_nothing_where_it_came_from(tmp_path, sqlite_settings, name):
    ingest(write_csv(tmp_path / "e.csv", im_rows(30)), "im", sqlite_settings)
    with open_store(sqlite_settings) as store:
        write_messages(store.messages(), tmp_path / name)
    back = ingest(tmp_path / name, "otklik", sqlite_settings)
    assert numbers(back) == counts(read=30, unchanged=30)
    other = Settings(var=tmp_path / "other")
    there = ingest(tmp_path / name, "otklik", other)
    assert numbers(there) == counts(read=30, stored=30)
