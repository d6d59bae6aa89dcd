"""Official answers and whole exports over HTTP: masked, once, with their rejects."""

import fcntl
import json
import os
import re

import pytest
from calling import quick, running, use_var
from intakes import make_intake
from registering import write_tiny

from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.pipelines.lent import bring_in as bring_in_really
from otklik.serving import upload
from otklik.serving.offers import Declined, Imported, Offers
from otklik.serving.upload import safe_name

PERSONAL = re.compile(r"канарейк|стелл|555.?01.?77", re.IGNORECASE)
CSV = (
    "Номер инцидента;Дата создания;Текст инцидента\n"
    "800123;14.03.2026 10:00;Во дворе не горит фонарь, Канарейкина Стелла, 8 928 555-01-77\n"
    "800124;вчера утром;Яма на дороге у рынка\n"
)
FILE = CSV.encode()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "default")


def lay_out(tmp_path, monkeypatch, bundle):
    use_var(monkeypatch, tmp_path / "var")
    (tmp_path / "var" / "models").mkdir(parents=True)
    (tmp_path / "var" / "models" / "default").symlink_to(bundle)
    return tmp_path / "var"


@pytest.fixture
def var(tmp_path, monkeypatch, bundle, store_url):
    monkeypatch.setenv("OTKLIK_DATABASE_URL", store_url)
    return lay_out(tmp_path, monkeypatch, bundle)


@pytest.fixture
def file_var(tmp_path, monkeypatch, bundle):
    """On SQLite alone: nothing here asks the database."""
    return lay_out(tmp_path, monkeypatch, bundle)


def message(**fields):
    return {
        "source": "pos",
        "id": "ПОС-77/12",
        "kind": "обращение",
        "text": "Прошу починить фонарь, плохо",
        **fields,
    }


def official(**fields):
    return {
        "source": "pos",
        "id": "ПОС-77/12",
        "text": "Фонарь включён. Мастер Канарейкина Стелла Аркадьевна, 8 928 555-01-77",
        "recipient": "Департамент ЖКХ",
        "answered_at": "2026-03-16T15:20:00+03:00",
        **fields,
    }


def test_an_answer_is_stored_once_masked_and_outlives_a_change(var):
    with running() as client:
        lost = client.post("/v1/answers", json=official())
        assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
        number = client.post("/v1/messages", json=message()).json()["message"]["id"]
        first = client.post("/v1/answers", json=official())
        assert (first.status_code, first.json()["state"]) == (201, "stored")
        assert first.json()["message_id"] == number
        again = client.post("/v1/answers", json=official())
        assert (again.status_code, again.json()["state"]) == (200, "unchanged")
        assert again.json()["answer"] == first.json()["answer"]
        undated = official(answered_at=None, text="Работы назначены", stage="interim")
        made = client.post("/v1/answers", json=undated)
        assert made.status_code == 201
        assert client.post("/v1/answers", json=undated).json() == made.json() | {
            "state": "unchanged"
        }
        changed = client.post("/v1/messages", json=message(text="Снова сломан фонарь, плохо"))
        answers = changed.json()["message"]["answers"]
        assert [one["stage"] for one in answers] == ["answer", "interim"]
        assert answers[0]["recipient"] == "Департамент ЖКХ"
        assert client.get(f"/v1/messages/{number}").json()["answers"] == answers
        for wrong in ({"stage": "Ответ Ивановой"}, {"answered_at": "2026-03-16"}, {"text": ""}):
            assert client.post("/v1/answers", json=official(**wrong)).status_code == 422
        number_of_seconds = client.post("/v1/answers", json=official(answered_at=1773663600))
        assert number_of_seconds.status_code == 422
        assert "ISO 8601" in number_of_seconds.json()["detail"]
    with open_store(load_settings()) as store:
        (stored,) = store.stored()
        assert [one.stage for one in stored.message.answers] == ["answer", "interim"]
        assert stored.message.answers[0].text.startswith("Фонарь включён")
        assert not PERSONAL.search(str(store.answers(number)))


def test_answers_of_a_row_change_with_it(store):
    """What the source says no longer is history; only what was told by itself stays."""
    from otklik.datasets.records import GivenAnswer

    run = store.begin_import("a", "im", "0")
    store.save([make_intake(1, answers=(GivenAnswer("Принято"),))], run_id=run)
    store.save([make_intake(1, answers=(GivenAnswer("Сделано"),))], run_id=run)
    (stored,) = store.stored()
    assert [one.text for one in stored.message.answers] == ["Сделано"]


class Desk:
    """Takes files down; answers as it is told."""

    def __init__(self, error=None):
        self.error, self.taken = error, []

    async def __call__(self, path, preset, dry_run):
        self.taken.append((path.name, preset, dry_run, path.read_bytes()))
        if self.error:
            raise self.error
        counts = dict.fromkeys(("stored", "changed", "unchanged", "duplicates"), 0)
        reject = {"line": 3, "column": "Дата", "value": "вчера", "reason": "no date"}
        return Imported({"read": 2, "rejected": 1} | counts, {"no date": 1}, (reject,))


def post(client, content=FILE, kind="text/csv", **query):
    return client.post("/v1/import", content=content, headers={"Content-Type": kind}, params=query)


def test_a_file_comes_as_the_body_or_in_a_form(file_var):
    desk = Desk()
    with running(offers=Offers(bring_in=desk)) as client:
        done = post(client, **{"as": "im", "name": "../../март.csv"})
        assert done.status_code == 200, done.text
        assert done.json()["rejects"][0]["line"] == 3
        assert (done.json()["read"], done.json()["reasons"]) == (2, {"no date": 1})
        form = {"file": ("инциденты.csv", CSV.encode(), "text/csv")}
        done = client.post("/v1/import", files=form, data={"as": "pos"}, params={"dry_run": True})
        assert (done.status_code, done.json()["dry_run"]) == (200, True)
    assert desk.taken == [
        ("март.csv", "im", False, CSV.encode()),
        ("инциденты.csv", "pos", True, CSV.encode()),
    ]
    assert list((file_var / "uploads").iterdir()) == []


def test_what_is_no_file_is_refused_and_nothing_stays(file_var):
    desk = Desk(Declined("инциденты.csv: no column «Текст»."))
    settings = quick(import_bytes=2000)
    with running(settings, offers=Offers(bring_in=desk)) as client:
        for query in ({}, {"as": "/etc/passwd"}, {"as": "../im"}):
            done = post(client, **query)
            assert (done.status_code, done.json()["field"]) == (422, "query.as")
        done = post(client, **{"as": "im"})
        assert (done.status_code, done.json()["code"]) == (422, "import_refused")
        assert "no column «Текст»" in done.json()["detail"]
        assert post(client, kind="application/json").json()["code"] == "upload_type"
        assert post(client, b"x" * 3000, **{"as": "im"}).json()["code"] == "body_too_large"
        chunks = client.post(
            "/v1/import",
            content=(b"x" * 500 for _ in range(6)),
            headers={"Content-Type": "text/csv"},
            params={"as": "im"},
        )
        assert (chunks.status_code, chunks.json()["code"]) == (413, "body_too_large")
        for body in (
            b"",
            b"--x\r\n",
            b"\x00\xff",
            b'--x\r\nContent-Disposition: form-data; name="f"',
        ):
            done = post(client, body, "multipart/form-data; boundary=x", **{"as": "im"})
            assert (done.status_code, done.json()["code"]) == (400, "bad_upload"), body
        done = post(client, kind="multipart/form-data", **{"as": "im"})
        assert done.json()["code"] == "bad_upload"
        desk.error = Declined("Store x: locked", store=True)
        assert post(client, **{"as": "im"}).json()["code"] == "store_refused"
    assert list((file_var / "uploads").iterdir()) == []
    with running() as client:
        assert post(client, **{"as": "im"}).json()["code"] == "not_offered"


def test_what_a_killed_process_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "LEFT_S", -1.0)
    left, used = tmp_path / "left", tmp_path / "used"
    for folder in (left, used):
        folder.mkdir()
        (folder / "export.csv").write_text("Канарейкина Стелла", encoding="utf-8")
    held = os.open(used, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    upload.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["used"]
    os.close(held)
    upload.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []
    upload.sweep(tmp_path / "nowhere")


def test_names_of_files_reach_nothing():
    assert [safe_name(one) for one in ("a/../b.csv", "..", "C:\\x\\у.xlsx", ".bash", "a\x00b")] == [
        "b.csv",
        "upload",
        "у.xlsx",
        "bash",
        "a_b",
    ]


@pytest.mark.slow
def test_the_import_of_the_command_line_does_the_work(file_var):
    with running(offers=Offers(bring_in=bring_in_really)) as client:
        done = post(client, **{"as": "im", "name": "март.csv"})
        assert done.status_code == 200, done.text
        found = done.json()
        assert (found["read"], found["stored"], found["rejected"]) == (2, 1, 1)
        assert found["rejects"][0]["line"] == 3
        page = client.get("/v1/messages").json()["messages"]
        assert [one["external_id"] for one in page] == ["800123"]
        assert not PERSONAL.search(json.dumps(page, ensure_ascii=False))
        broken = post(client, b"a;b\n1;2\n", **{"as": "im", "name": "март.csv"})
        assert (broken.status_code, broken.json()["code"]) == (422, "import_refused")
        assert str(file_var) not in broken.json()["detail"]
