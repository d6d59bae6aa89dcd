"""A promoted model is taken under load, a broken one changes nothing; answers name their own."""

import threading

from calling import register, running, until, use_var
from registering import open_tiny

from otklik.models.history import Change


def model_of(client):
    done = client.post("/v1/classify", json={"text": "фонарь плохо"})
    assert done.status_code == 200, done.text
    return done.json()["answers"][0]["model"]


def test_promote_and_roll_back_under_load(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    register(1)
    register(1, change=Change.PROMOTED)
    register(2)
    opened, failed, seen = [], [], {}

    def opening(folder):
        opened.append(folder.name)
        return open_tiny(folder)

    with running(open_predictor=opening) as client:
        stop = threading.Event()

        def load():
            while not stop.is_set():
                done = client.post(
                    "/v1/classify", json={"messages": [{"text": "фонарь плохо"}] * 3}
                )
                if done.status_code != 200:
                    failed.append(done.text)
                    return
                for answer in done.json()["answers"]:
                    seen.setdefault(answer["model"]["name"], set()).add(answer["model"]["version"])

        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            register(2, change=Change.PROMOTED)
            until(lambda: model_of(client)["name"] == "otklik/2")
            register(1, change=Change.ROLLED_BACK)
            until(lambda: model_of(client)["name"] == "otklik/1")
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert set(seen) == {"otklik/1", "otklik/2"}
    assert all(len(versions) == 1 for versions in seen.values())
    assert seen["otklik/1"] != seen["otklik/2"]
    assert sorted(opened) == ["1", "2"]  # a roll-back loads nothing


def test_a_broken_model_changes_nothing_and_is_told(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    register(1)
    register(1, change=Change.PROMOTED)
    register(2)
    with running() as client:
        assert model_of(client)["name"] == "otklik/1"
        heads = next(tmp_path.glob("mlflow/bundles/2/heads.safetensors"))
        heads.write_bytes(heads.read_bytes()[:-10])
        register(2, change=Change.PROMOTED)
        until(lambda: client.get("/health/ready").json()["trouble"])
        ready = client.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["model"]["name"] == "otklik/1"
        assert model_of(client)["name"] == "otklik/1"
        assert 'otklik_model_loads_total{loaded="false"} 1.0' in client.get("/metrics").text
        register(1, change=Change.ROLLED_BACK)
        until(lambda: not client.get("/health/ready").json()["trouble"])
        assert model_of(client)["name"] == "otklik/1"
