"""What the commands of the documents meet: a made-up city, a tiny model, tables to read.

The encoder has one layer and learned two topics: commands do their whole work, in seconds.
"""

import csv
import json
import os
import random
import shutil
import threading
import urllib.error
import urllib.request
import warnings
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
import uvicorn
from calling import until
from checkpoints import make_bert
from labelling import answered
from typer.testing import CliRunner

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.settings import load_settings
from otklik.datasets.synthetic_city import make_city
from otklik.models.base import Order, build_base
from otklik.models.registered import default_bundle
from otklik.pipelines.cli import app
from otklik.pipelines.synthetic_store import store_city
from otklik.serving.app import create_app
from otklik.serving.settings import ServeSettings
from otklik.training.registry import open_registry

ROOT = Path(__file__).parents[1]
MESSAGES = 1200
PRESET = """
name = "otklik"
test = 0.2
calibration = 0.3

[parents]
perm_topic = "perm_group"

[fit]
epochs = 2
most = 32
head_rate = 0.02

[[sets]]
file = "posts.csv"
heads = { perm_topic = "topic", perm_group = "group", sentiment = "mood" }
crossing = { version = "im-perm-2023", column = "topic", group = "group" }
"""
SAYINGS = (
    "нет воды в доме {}, дом стоит без воды, {} ждём",
    "яма на дороге у дома {}, колесо пробито, {} едем мимо",
)
WORKS = """номер,тема,объект,район,улицы,начало,окончание,объявление
Р-1,,,Заречный,,2025-06-10 09:00,2025-06-10 18:00,Замена задвижки
"""
POLL = """participant,district,statement,vote
1,Заречный,Нужен новый парк,за
2,Нагорный,Нужен новый парк,против
"""


def make_world(folder):
    """Fill an empty folder with everything that a command may name."""
    for name in ("demo", "config"):
        shutil.copytree(ROOT / name, folder / name)
    rows = list(labelled_rows())
    for name in ("DATA", "labelled"):
        (folder / name).mkdir()
        write_rows(folder / name / "posts.csv", rows)
    for name in ("posts.csv", "messages.csv", "holdout.csv", "labelled.csv"):
        write_rows(folder / name, rows[:60])
    (folder / "default").write_text(PRESET, encoding="utf-8")
    (folder / "calendar.csv").write_text(WORKS, encoding="utf-8")
    (folder / "results.csv").write_text(POLL, encoding="utf-8")
    with working_in(folder):
        settings = load_settings()
        store_city(make_city(7, MESSAGES).messages, settings.database_url, settings)
        make_bert(folder / "source")
        build_base(folder / "var/models/student", folder / "cache", Order(str(folder / "source")))
        otklik("train", "default", "--data", "DATA")
        otklik("promote", "--force-reason", "the first one")
        shutil.copytree(default_bundle(), folder / "var/models/default")
        add_challenger()
        otklik("weekly", "--week", "2025-W50", "--out", "var/reports")
        otklik("import", "demo/incidents.csv", "--as", "im")


def add_challenger():
    """Register the champion's bundle once more: a second training would take as long again."""
    registry = open_registry()
    champion = registry.version("otklik", 1)
    registry.register(champion.facts["run"], "otklik", metrics=champion.facts["metrics"])


def labelled_rows():
    """Texts with topic, group and mood in the words of a known rubricator."""
    topics = load_rubricator("im-perm-2023").topics
    draw = random.Random(1)
    words = [f"слово{one}{other}" for one, other in product("абвгдежзиклмн", repeat=2)]
    for number in range(120):
        topic = (topics[3], topics[40])[number % 2]
        text = SAYINGS[number % 2].format(number, " ".join(draw.sample(words, 6)))
        yield text, topic.group.name, topic.name, ("negative", "neutral", "positive")[number % 3]


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "group", "topic", "mood"])
        writer.writerows(rows)


@contextmanager
def working_in(folder):
    """A process that stands in the folder, with its data in `var`."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OTKLIK_")]:
            patch.delenv(name)
        patch.setenv("OTKLIK_VAR", "var")
        patch.chdir(folder)
        load_settings.cache_clear()
        yield
    load_settings.cache_clear()


def otklik(*words):
    """Run a command in this process; returns what it printed."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = CliRunner().invoke(app, list(words))
    told = f"otklik {' '.join(words)}: {done.output}{done.exception!r}"
    assert done.exit_code == 0, told
    return done.stdout


@contextmanager
def served():
    """The service over the current world; gives its address."""
    settings = ServeSettings(ner=False, workers=2)
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=0, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        until(lambda: is_ready(address))
        yield address
    finally:
        server.should_exit = True
        thread.join()


def is_ready(address):
    try:
        with urllib.request.urlopen(f"{address}/health/ready"):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False


def annotate(tasks, export):
    """What a person does in Label Studio between the two commands: agree with every task."""
    done = [answered(task) for task in json.loads(Path(tasks).read_text(encoding="utf-8"))]
    Path(export).write_text(json.dumps(done, ensure_ascii=False), encoding="utf-8")
