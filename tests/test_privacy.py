"""Nothing that identifies a person is stored, logged or printed, whatever column it stands in.

The canaries are people, numbers and addresses that do not exist.
"""

import gzip
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from commands import run, run_json
from exports import IM_COLUMNS, im_rows, write_csv, write_xlsx

from otklik.datasets.authors import author_key, load_salt, salted
from otklik.datasets.errors import BadSettings
from otklik.datasets.identities import identity
from otklik.datasets.mapping import SHIPPED, load_mapping, mapping_names
from otklik.datasets.personal_columns import placeholder_of
from otklik.datasets.records import GivenAnswer, GivenStatus, Kind, Message, Place, SourceLabel
from otklik.datasets.settings import Settings, load_settings
from otklik.datasets.store import open_store
from otklik.pipelines.ingest import ingest
from otklik.pipelines.prepare import Preparer

SALT = b"0123456789abcdef0123456789abcdef"
CANARIES = (
    "Канарейкина Стелла Аркадьевна",
    "КАНАРЕЙКИНОЙ СТЕЛЛЕ АРКАДЬЕВНЕ",
    "канарейкиной стеллы аркадьевны",
    "Канарейкина С.А.",
    "Зелимхану Канарейкину",
    "+7 (928) 555-01-77",
    "8.928.555.01.77",
    "kanareyka.stella@example.ru",
    "kanareyka.stella собака example точка ru",
    "[id555017700|Стелла Канарейкина]",
    "https://vk.com/id555017700",
    "https://t.me/kanareyka",
    "СНИЛС 112-233-445 95",
    "ул. Мира, д. 3, кв. 717",
)
STREETS = ("канарейкиной стеллы аркадьевны", "Зелимхану Канарейкину")
TRACE = re.compile(
    r"канарейк|стелл|аркадьев|зелимхан|kanareyk|555.?01.?77|555017700|112.?233.?445|кв\W{0,3}717",
    re.I,
)


def traces(text):
    """What of the canaries shows in a text."""
    return sorted(set(TRACE.findall(text)))


def left_behind(folder):
    """Every byte under a folder as text, names of files included."""
    files = [path for path in Path(folder).glob("**/*") if path.is_file()]
    names = [str(path.relative_to(folder)) for path in files]
    return "\n".join(names + [path.read_bytes().decode("utf-8", "replace") for path in files])


@pytest.fixture(scope="module")
def preparer(tmp_path_factory):
    return Preparer(Settings(var=tmp_path_factory.mktemp("var"), author_salt=SALT.decode()))


def columns_of(preset):
    """Every header that a shipped mapping knows, with a plain value where one is required."""
    if preset == "im":
        return dict(next(im_rows(1)))
    mapping = load_mapping(preset)
    cells = {"text": "Нет воды", "posted_at": "2026-01-12", "id": "17"}
    found = {}

    def walk(part):
        if isinstance(part, str):
            found.setdefault(part, "")
        elif isinstance(part, list | tuple):
            for item in part:
                walk(item)

    for group in (mapping.columns, mapping.place, *mapping.labels, *mapping.answers):
        for name, value in group.model_dump().items():
            if name not in ("axis", "rubricator", "stage"):
                walk(value)
                found.update({column: cells[name] for column in value[:1] if name in cells})
    for status in mapping.statuses:
        walk((status.name, status.at))
    return found


@pytest.mark.parametrize("preset", mapping_names())
def test_every_column_of_every_preset(preset, tmp_path):
    """One row per column and canary; refused rows are part of it."""
    plain = columns_of(preset)
    rows = [
        {**plain, "Номер инцидента": str(number), **({"id": str(number)} if "id" in plain else {})}
        | {column: canary}
        for number, (column, canary) in enumerate(
            (column, canary)
            for column in plain
            for canary in CANARIES
            # No full name of a street in the genitive can be told from one of a resident.
            if column != "Улица" or canary not in STREETS
        )
    ]
    path = write_csv(tmp_path / "export.csv", rows, list(plain))
    # A salt that is given: the digits of a random hash may happen to be those of a canary.
    env = {"var": tmp_path / "var", "author_salt": SALT.decode()}
    if preset == "spb-answers":
        asked = [{**columns_of("spb"), "id": row["id"]} for row in rows if row["id"].isdigit()]
        texts = write_csv(tmp_path / "texts.csv", asked, list(asked[0]))
        assert run("import", texts, "--as", "spb", "--no-ner", workers=1, **env).returncode == 0
    done = run("import", path, "--as", preset, "--no-ner", workers=1, **env)
    assert done.returncode == 0, done.stderr
    shown = run("status", "--json", var=tmp_path / "var")
    run("export", "--out", tmp_path / "var" / "out.jsonl", var=tmp_path / "var")
    left = left_behind(tmp_path / "var")
    assert "[ФИО" in left
    assert traces(done.stdout + done.stderr + shown.stdout) == []
    found = [line for line in left.splitlines() if TRACE.search(line)]
    assert traces(left) == [], [TRACE.search(line) and line[:400] for line in found[:3]]


@pytest.mark.parametrize(
    ("value", "placeholder"),
    [
        ("Контактный телефон", "[ТЕЛЕФОН]"),
        ("E-mail заявителя", "[ПОЧТА]"),
        ("Электронная почта", "[ПОЧТА]"),
        ("Кв.", "[КВАРТИРА]"),
        ("№ квартиры", None),
        ("Номер квартиры", "[КВАРТИРА]"),
        ("Фамилия", "[ФИО]"),
        ("Имя", "[ФИО]"),
        ("Ф.И.О. исполнителя", "[ФИО]"),
        ("Дата рождения", "[скрыто]"),
        ("URL автора", "[АВТОР]"),
        ("Заявитель", "[АВТОР]"),
        ("Тип заявителя", None),
        ("Наименование", None),
        ("Имя файла", None),
    ],
)
def test_columns_that_are_personal_whatever_stands_in_them(value, placeholder):
    assert placeholder_of(value) == placeholder


def test_of_the_real_layout_only_the_author_is_hidden_as_a_whole():
    assert [name for name in IM_COLUMNS if placeholder_of(name)] == ["URL автора"]
    for preset in SHIPPED.glob("*.toml"):
        assert load_mapping(preset).columns.text[0]


def message(**fields):
    return Message(
        **{
            "source": "portal",
            "external_id": "17",
            "kind": Kind.MESSAGE,
            "text": "Нет воды",
            **fields,
        }
    )


def prepare(preparer, **fields):
    (intake,) = preparer([message(**fields)])
    return intake


def test_every_field_of_a_message_is_masked(preparer):
    name, phone = CANARIES[0], CANARIES[5]
    intake = prepare(
        preparer,
        external_id=f"{name} 12",
        text=f"Пишет {name}, {phone}",
        author=name,
        reply_to=phone,
        place=Place(settlement=name, street=f"{name}, {phone}", house="3, кв. 717", asset=name),
        labels=(SourceLabel("topic", name), SourceLabel("recipient", name)),
        answers=(GivenAnswer(f"Уважаемая {name}!", recipient=name),),
        statuses=(GivenStatus(f"У исполнителя: {name}"),),
        raw={f"Звонил {phone}": name, "Квартира": "717", "Телефон": "5-01-77", "Автор": name},
    )
    assert traces(repr(intake)) == []
    assert intake.message.raw == {
        "Звонил [ТЕЛЕФОН]": "[АВТОР]",
        "Квартира": "[КВАРТИРА]",
        "Телефон": "[ТЕЛЕФОН]",
        "Автор": "[АВТОР]",
    }


@pytest.mark.parametrize(
    "cell",
    [
        "Звоните +7&nbsp;928&nbsp;555&nbsp;01&nbsp;77",
        "Звоните 8\u200b928\u200b555\u200b01\u200b77",
        "Звоните 8<b>928</b>555<b>01</b>77",
        "&#1050;анарейкина&nbsp;<i>Стелла</i>&nbsp;Аркадьевна",
        "Канарейкина Стелла\u00ad Аркадьевна",
    ],
)
def test_markup_hides_nothing_from_the_masker(preparer, cell):
    intake = prepare(preparer, raw={"Примечание": cell})
    assert traces(intake.message.raw["Примечание"]) == []
    assert "[" in intake.message.raw["Примечание"]


def test_headers_that_are_masked_alike_lose_no_column(preparer):
    raw = {"8 928 555-01-77": "раз", "8 928 555-01-78": "два"}
    assert prepare(preparer, raw=raw).message.raw == {"[ТЕЛЕФОН]": "раз", "[ТЕЛЕФОН] (2)": "два"}


def test_a_name_may_be_that_of_a_street_or_a_topic_but_not_of_a_resident(preparer):
    def street(name):
        return prepare(preparer, place=Place(street=name)).message.place.street

    assert street("Абузара Айдамирова") == "Абузара Айдамирова"
    assert street("Канарейкина Стелла Аркадьевна") == "[ФИО]"
    assert street("Канарейкина С.А.") == "[ФИО]"
    people = Place(settlement="Канарейкина Стелла", district="Стелле Канарейкиной")
    assert traces(repr(prepare(preparer, place=people))) == []
    towns = Place(municipality="Грозный г.о.", settlement="Калинин")
    assert prepare(preparer, place=towns).message.place == towns
    topic = "НЕХВАТКА МЕДРАБОТНИКОВ (В Т.Ч. УЗКОПРОФИЛЬНЫХ)"
    labels = (SourceLabel("topic", topic, "im-2026"), SourceLabel("topic", CANARIES[0]))
    kept = prepare(preparer, labels=labels).message.labels
    assert [label.name for label in kept] == [topic, "[ФИО]"]


def test_prepared_twice_is_prepared_once(preparer):
    """A file that `otklik export` wrote carries keys and placeholders: they stay."""
    given = message(
        external_id="Исаева 12",
        author=CANARIES[10],
        reply_to="a@example.ru",
        text="Канарейкина С.А. и Исаев Р.У., 8 928 555-01-77 [ФИО] [ТЕЛЕФОН 3]",
        raw={"Телефон": "5-01-77", "Примечание": CANARIES[0]},
    )
    once = preparer([given])[0].message
    assert preparer([once])[0].message == once


@pytest.mark.parametrize(
    "external_id",
    [
        "800123",
        "№ 15-Г/2024",
        "ПОС-77/12",
        "01-03/К-1234 от 12.03.2024",
        "APPEAL-2026-000123",
        "wall-1:2",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "65a1f0c2e4b0a1b2c3d4e5f6",
    ],
)
def test_numbers_of_a_registry_stay(external_id):
    assert identity(external_id, SALT) == external_id


@pytest.mark.parametrize(
    "external_id",
    [
        *CANARIES,
        "89285550177",
        "9285550177",
        "Исаева-12",
        "Цой 12",
        "исаева12",
        "stella85",
        "112-233-445 95",
        "a@b.ru",
        "https://vk.com/id5",
        "1" * 65,
        "0123456789abcdef" * 2,
    ],
)
def test_other_ids_are_keyed_and_name_the_same_message_for_ever(external_id):
    key = identity(external_id, SALT)
    assert re.fullmatch("[0-9a-f]{24}", key)
    assert key == identity(external_id, SALT) != identity(external_id, SALT[::-1])
    assert identity(key, SALT) == key


def test_a_row_without_id_cannot_be_guessed_from_its_masked_form(tmp_path):
    """Whoever has the database knows all but the phone: no unsalted hash may confirm a guess."""
    text = "Звоните 8 928 555-01-77"
    path = tmp_path / "t.csv"
    path.write_text(f"text\n{text}\n", encoding="utf-8")
    names = []
    for number in (1, 2):
        settings = Settings(var=tmp_path / f"var{number}", workers=1)
        ingest(path, "perm", settings, ner=False)
        assert ingest(path, "perm", settings, ner=False).unchanged == 1
        with open_store(settings) as store:
            row = store.database.engine.connect().exec_driver_sql(
                "SELECT external_id, source_hash, file_hash FROM messages, imports"
            )
            names.append(row.first())
            row.connection.close()
    assert not set(names[0]) & set(names[1])


def test_author_keys_are_keyed_and_only_own_ones_pass_through():
    key = author_key("https://vk.com/id5", SALT)
    assert author_key(key, SALT) == key
    assert author_key(" HTTPS://vk.com/ID5 ", SALT) == key
    foreign = "65a1f0c2e4b0a1b2c3d4e5f6"  # an id of another system, of the same length
    assert author_key(foreign, SALT) != foreign
    assert author_key(key, SALT[::-1]) != key
    assert not key.startswith(salted("https://vk.com/id5", SALT[::-1])[:8])


@pytest.mark.parametrize("salt", ["", "соль", "123456789012345"])
def test_a_salt_that_can_be_guessed_is_refused(salt, tmp_path):
    with pytest.raises(BadSettings, match="OTKLIK_AUTHOR_SALT") as caught:
        load_salt(Settings(var=tmp_path, author_salt=salt))
    assert not salt or salt not in str(caught.value)


def test_file_names_are_masked(tmp_path, preparer):
    assert preparer.mask_file_name("Выгрузка_за_неделю.xlsx") == "Выгрузка_за_неделю.xlsx"
    path = write_xlsx(
        tmp_path / "Жалоба_Канарейкиной_Стеллы_Аркадьевны_8_928_555-01-77.xlsx",
        [{**row, "Дата создания": "вчера"} for row in im_rows(2)],
    )
    mapping = tmp_path / "Канарейкина Стелла.toml"
    mapping.write_bytes((SHIPPED / "im.toml").read_bytes())
    done = run("import", path, "--as", mapping, var=tmp_path / "var")
    assert "rejected" in done.stdout
    shown = run("status", var=tmp_path / "var", columns=300)
    assert traces(left_behind(tmp_path / "var") + done.stderr + shown.stdout) == []


REFUSED = {
    "no header": ("1;Канарейкина Стелла;8 928 555-01-77;Нет воды\n2;a;b;c\n", ".csv"),
    "not JSON": ('{"text": Канарейкина Стелла}\n', ".jsonl"),
    "own export": ('{"source": {"a": "Канарейкина Стелла"}, "text": 5}\n', ".jsonl"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("preset", ["im", "perm", "otklik"])
def test_errors_quote_nobody(case, preset, tmp_path):
    content, suffix = REFUSED[case]
    path = tmp_path / f"t{suffix}"
    path.write_text(content, encoding="utf-8")
    done = run("import", path, "--as", preset, var=tmp_path / "var")
    assert done.stdout or done.stderr
    assert "Traceback" not in done.stderr
    assert traces(left_behind(tmp_path / "var") + done.stdout + done.stderr) == []


def test_a_bug_quotes_nobody(tmp_path):
    """An error nobody foresaw: its kind and place are printed, its message is not."""
    code = (
        "import sys; from otklik.pipelines import cli\n"
        "def fail(): raise KeyError('Канарейкина Стелла, 8 928 555-01-77')\n"
        "cli.app.registered_commands.clear(); cli.app.command('status')(fail)\n"
        "sys.argv = ['otklik', 'status']; cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "KeyError" in done.stderr
    assert traces(done.stdout + done.stderr) == []


@pytest.mark.parametrize(
    "variables",
    [
        {"keep_originals": "1", "author_salt": "tajna", "database_url": "sqlite:///tajna"},
        {"database_url": "mysql://u:tajna@h/db"},
        {"database_url": "tajna"},
        {"keep_originals": "1", "originals_key": "tajna"},
        {"author_salt": "tajna"},
        {"database_url": "postgresql://u:tajna@127.0.0.1:1/db"},
    ],
)
def test_secrets_are_never_printed(variables, tmp_path):
    path = write_csv(tmp_path / "e.csv", im_rows(1))
    done = run("import", path, "--as", "im", "--no-ner", var=tmp_path / "var", **variables)
    assert done.returncode == 1
    assert "tajna" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "line", ['database_ur1 = "tajna"', 'var = "tajna', 'author_salt = ["tajna"]']
)
def test_secrets_of_the_settings_file_are_never_printed(line, tmp_path, monkeypatch):
    config = tmp_path / "otklik.toml"
    config.write_text(line + "\n", encoding="utf-8")
    monkeypatch.setenv("OTKLIK_CONFIG", str(config))
    load_settings.cache_clear()
    with pytest.raises(BadSettings) as caught:
        load_settings()
    load_settings.cache_clear()
    assert "tajna" not in str(caught.value)


def test_other_users_of_the_machine_read_nothing(tmp_path):
    rows = list(im_rows(3))
    rows[0]["Дата создания"] = "вчера"
    var = tmp_path / "var"
    done = run("import", write_csv(tmp_path / "e.csv", rows), "--as", "im", "--no-ner", var=var)
    assert done.returncode == 0, done.stderr
    run("export", "--out", var / "out.jsonl.gz", var=var)
    made = [var, *var.glob("**/*")]
    assert len(made) >= 6
    others = {str(path): stat.S_IMODE(path.stat().st_mode) & 0o007 for path in made}
    assert set(others.values()) == {0}, others
    assert stat.S_IMODE(os.stat(var / "author_salt").st_mode) == 0o600


def labelled(folder):
    path = folder / "labelled.csv"
    lines = ["text,topic,executor,phone,posted_at"]
    for day, street in enumerate(("Мира", "Садовая", "Лесная", "Полевая", "Новая", "Речная") * 4):
        canary = CANARIES[day % len(CANARIES)].replace(",", " ")
        text = f"{canary} — яма {'абвгдежзик'[day % 10] * 9} на улице {street}"
        lines.append(f"{text},Дороги,{CANARIES[0]},5-01-77,2026-01-{day + 1:02d}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_split_is_written_masked(tmp_path):
    path = labelled(tmp_path)
    out = tmp_path / "split"
    facts = run_json("data", "split", path, "--out", out, "--by", "time", var=tmp_path / "var")
    assert facts["train_rows"] + facts["test_rows"] + facts["dropped_rows"] == 24
    assert traces(left_behind(out)) == []
    assert "Дороги" in left_behind(out)


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_an_audit_by_a_column_of_people_shows_none(tmp_path, arguments):
    path = labelled(tmp_path)
    done = run("data", "audit", path, "--label-column", "executor", *arguments)
    assert done.returncode == 0, done.stderr
    assert "[ФИО]" in done.stdout
    assert traces(done.stdout + done.stderr) == []


def test_a_time_that_is_none_is_not_quoted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,posted_at\nНет воды,Канарейкина Стелла\nНет света,x\n", "utf-8")
    done = run("data", "split", path, "--out", tmp_path / "s", "--by", "time")
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert traces(done.stderr) == []


def test_refused_values_of_personal_columns_are_hidden(tmp_path):
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'source = "x"\nkind = "сообщение"\ndate_required = true\n'
        '[columns]\ntext = ["text"]\nposted_at = ["Телефон"]\n',
        encoding="utf-8",
    )
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress("text;Телефон\nНет воды;5-01-77\n".encode()))
    told = run_json("import", path, "--as", mapping, "--no-ner", var=tmp_path / "var")
    (line,) = Path(told["rejects"]).read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["value"] == "[ТЕЛЕФОН]"
