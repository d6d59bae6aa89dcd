"""Official answers from a table of their own find their messages, once, and stay with them."""

import json

import pytest

from otklik.datasets.errors import BadMapping, BadSettings
from otklik.datasets.mapping import load_mapping
from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.pipelines.ingest import ingest

MESSAGES = """source = "portal"
kind = "сообщение"
[columns]
id = ["id"]
text = ["text"]
posted_at = ["dt"]
"""
ANSWERS = """source = "portal"
kind = "сообщение"
answers_only = true
[columns]
id = ["id"]
text = ["body"]
[[answers]]
text = ["body"]
answered_at = ["dt"]
recipient = ["author"]
"""
ROWS = "id,text,dt\n1,Нет воды на Мира 5,2025-03-01T10:00\n2,Яма на дороге,2025-03-02T10:00\n"
SAID = """id,body,dt,author
1,"Работы ведёт Петров Иван Сергеевич, тел. 8 928 000-11-22",2025-03-03T10:00,Водоканал
1,Вода подана,2025-03-05T10:00,Водоканал
9,Ответ никому,2025-03-05T10:00,Водоканал
"""


@pytest.fixture
def files(tmp_path, monkeypatch, empty_url):
    load_settings.cache_clear()
    monkeypatch.setenv("OTKLIK_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("OTKLIK_DATABASE_URL", empty_url)
    texts = {"m.toml": MESSAGES, "a.toml": ANSWERS, "m.csv": ROWS, "a.csv": SAID}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    yield tmp_path
    load_settings.cache_clear()


def bring(files, name):
    mapping = files / f"{name[0]}.toml"
    return ingest(files / name, str(mapping), load_settings(), ner=False)


def test_answers_find_their_messages_and_the_rest_is_named(files):
    bring(files, "m.csv")
    summary = bring(files, "a.csv")
    assert (summary.stored, summary.unchanged, summary.rejected) == (2, 0, 1)
    reject = json.loads(summary.rejects.read_text(encoding="utf-8"))
    assert (reject["line"], reject["column"]) == (4, "id")
    assert "import the messages first" in reject["reason"]
    with open_store(load_settings()) as store:
        first, second = store.messages()
    assert [one.text for one in first.answers] == [
        "Работы ведёт [ФИО], тел. [ТЕЛЕФОН]",
        "Вода подана",
    ]
    assert first.answers[1].recipient == "Водоканал"
    assert second.answers == ()


def test_again_changes_nothing_and_a_new_version_keeps_its_answers(files):
    bring(files, "m.csv")
    bring(files, "a.csv")
    again = bring(files, "a.csv")
    assert (again.stored, again.unchanged, again.rejected) == (0, 2, 1)
    changed = ROWS.replace("Нет воды", "Снова нет воды")
    (files / "m.csv").write_text(changed, encoding="utf-8")
    assert bring(files, "m.csv").changed == 1
    with open_store(load_settings()) as store:
        assert len(next(store.messages()).answers) == 2


def test_a_mapping_of_answers_needs_ids(files):
    (files / "a.toml").write_text(ANSWERS.replace('id = ["id"]\n', ""), encoding="utf-8")
    with pytest.raises(BadMapping, match="answers_only is on"):
        load_mapping(files / "a.toml")


def test_no_dry_run_of_answers(files):
    with pytest.raises(BadSettings, match="--dry-run"):
        ingest(files / "a.csv", str(files / "a.toml"), load_settings(), dry_run=True)
