"""`POST /v1/classify` as its callers meet it: answers, explanations, refusals."""

import pytest
from calling import quick, running, use_var
from registering import RUBRICATOR, TOPICS, WORDS, TinyEncoder, open_tiny, write_tiny

from otklik.models.bundle import load_bundle
from otklik.models.predictor import Predictor
from otklik.models.utterance import Kind
from otklik.serving.problems import Problem
from otklik.serving.schemas import MOST_MESSAGES

TEXT = "У дома плохо: сломан фонарь, звоните Ислам Ахмадов 8 928 000-11-22"


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var")
    write_tiny(folder / "models" / "default")
    return folder


def open_silent(folder):
    """A predictor whose encoder hears little but the words that count."""
    return Predictor(load_bundle(folder), TinyEncoder(1e-3))


@pytest.fixture(scope="module")
def client(var):
    with pytest.MonkeyPatch.context() as patch:
        use_var(patch, var)
        with running(quick(text_chars=5000), open_predictor=open_silent) as client:
            yield client


def classify(client, *texts, **query):
    body = {"messages": [{"text": text, "id": str(n)} for n, text in enumerate(texts)]}
    done = client.post("/v1/classify", json=body, params=query)
    assert done.status_code == 200, done.text
    return done.json()["answers"]


def test_one_message_is_answered_whole(client, var):
    done = client.post("/v1/classify", json={"text": TEXT, "id": "7", "source": "im"})
    assert done.status_code == 200
    (answer,) = done.json()["answers"]
    assert answer["id"] == "7"
    assert answer["text"].endswith("звоните [ФИО] [ТЕЛЕФОН]")
    for one in answer["entities"]:
        assert answer["text"][one["start"] : one["stop"]] == one["placeholder"]
    assert set(answer["heads"]) == {"im_2026", "im_2026_group", "mood"}
    for labels in answer["heads"].values():
        shares = [one["probability"] for one in labels]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1 + 1e-5
    assert answer["heads"]["im_2026"][0]["code"] == TOPICS[WORDS.index("фонарь")]
    assert answer["decision"]["action"] in ("auto", "review")
    assert answer["decision"]["reason"].startswith("тема: ")
    assert (answer["decision"]["label"] is None) == (answer["decision"]["action"] == "review")
    assert answer["sentiment"] is None
    assert 1 <= answer["importance"]["value"] <= 5
    assert answer["utterance"]["kind"] in [kind.value for kind in Kind]
    assert answer["direction"]["recipients"] == []
    version = load_bundle(var / "models" / "default").version
    assert answer["model"] == {"name": "default", "version": version}
    assert answer["rubricator"] == RUBRICATOR.version
    assert answer["latency_ms"] > 0


def test_the_place_is_resolved(client):
    (answer,) = classify(client, "на Сайханова 112 третий день нет воды")
    assert (answer["place"]["street"], answer["place"]["house"]) == ("улица Сайханова", "112")
    assert [one["name"] for one in answer["places"]] == ["улица Сайханова"]


def test_answers_come_in_order_and_do_not_depend_on_company(client):
    texts = [f"{word} плохо " + "двор " * (n % 9) for n, word in enumerate(WORDS * 8)]
    together = classify(client, *texts)
    assert [one["id"] for one in together] == [str(n) for n in range(len(texts))]
    for place in (0, 17, 47):
        (alone,) = classify(client, texts[place])
        assert alone["heads"] == together[place]["heads"]


def test_most_messages_are_taken_and_one_more_is_refused(client):
    assert len(classify(client, *["фонарь"] * MOST_MESSAGES)) == MOST_MESSAGES
    body = {"messages": [{"text": "фонарь"}] * (MOST_MESSAGES + 1)}
    done = client.post("/v1/classify", json=body)
    assert done.status_code == 422
    assert done.json()["field"] == "body.messages"
    assert "256" in done.json()["detail"]


def test_top_and_heads_are_obeyed(client):
    (answer,) = classify(client, TEXT, top=5, heads="im_2026,mood")
    assert {name: len(labels) for name, labels in answer["heads"].items()} == {
        "im_2026": 5,
        "mood": 2,
    }
    done = client.post("/v1/classify", json={"text": TEXT}, params={"heads": "weather"})
    assert done.json()["value"] == "weather"
    assert "im_2026" in done.json()["detail"]


def test_an_explanation_names_the_word_that_decided(client):
    (plain,) = classify(client, TEXT)
    assert plain["explanation"] is None
    (answer,) = classify(client, "двор улица фонарь плохо вечер", explain=True)
    strongest = answer["explanation"][0]
    assert strongest["words"] == "фонарь"
    assert strongest["effect"] > 0
    assert answer["text"][strongest["start"] : strongest["stop"]] == "фонарь"
    (long,) = classify(client, "фонарь " + "двор улица парк мост " * 40, explain=True)
    assert 0 < len(long["explanation"]) <= 5
    (empty,) = classify(client, "…", explain=True)
    assert empty["explanation"] == []


def test_likely_set_is_topics_or_groups_that_hold_the_mass(client):
    for answer in classify(client, TEXT, "вечер двор", *WORDS):
        found = answer["prediction_set"]
        assert found["head"] in ("im_2026", "im_2026_group")
        assert found["labels"]
        assert found["probability"] >= 0.9


REFUSED = [
    ({}, 422, "body.text", "поле обязательно"),
    ({"text": ""}, 422, "body.text", "короче 1"),
    ({"text": 5}, 422, "body.text", "нужна строка"),
    ({"text": "а", "colour": 1}, 422, "body.colour", "такого поля нет"),
    ({"text": "а" * 5001}, 422, "body.text", "5001"),
    ({"text": "а", "received_at": "2026-03-01T10:00:00"}, 422, "body.received_at", "пояс"),
    ({"messages": []}, 422, "body.messages", "не меньше 1"),
    ({"messages": [{"text": "а"}, {}]}, 422, "body.messages.1.text", "обязательно"),
    ({"text": "а", "place": {"latitude": 91}}, 422, "body.place.latitude", "не больше 90"),
    ([], 422, "body", "нужен объект"),
    ("текст", 422, "body", "нужен объект"),
]


@pytest.mark.parametrize(("body", "status", "field", "said"), REFUSED)
def test_refusals_name_field_value_and_way_out(client, body, status, field, said):
    done = client.post("/v1/classify", json=body)
    problem = done.json()
    assert (done.status_code, problem["field"]) == (status, field)
    assert done.headers["content-type"] == "application/problem+json"
    assert said in problem["detail"]
    assert problem["action"]
    english = client.post("/v1/classify", json=body, headers={"Accept-Language": "en"})
    assert english.json()["code"] == problem["code"]
    assert english.json()["title"].isascii()
    assert english.headers["content-language"] == "en"


HOSTILE = {
    "broken UTF-8": (b'{"text": "\xff\xfe"}', 400),
    "no JSON": (b"{", 400),
    "null": (b"null", 422),
    "deep": (b"[" * 100_000 + b"]" * 100_000, 400),
    "deep within": (b'{"text": ' + b"[" * 900 + b"]" * 900 + b"}", 422),
    "long number": (b'{"text": ' + b"9" * 10_000 + b"}", 400),
    "lone surrogate": (b'{"text": "\\ud800"}', 422),
    "surrogate as a key": (b'{"text": "a", "\\ud800": 1}', 422),
    "NUL": (b'{"text": "a\\u0000b"}', 200),
    "emoji": ('{"text": "' + "👨‍👩‍👧🔥" * 600 + '"}', 200),
    "HTML": ('{"text": "<script>alert(1)</script><b>фонарь</b> & <img src=x>"}', 200),
    "SQL": ('{"text": "\'; DROP TABLE messages; --"}', 200),
    "marks": ('{"text": "' + "е\u0301" * 2000 + '"}', 200),
    "not a number": (b'{"text": "a", "place": {"latitude": NaN}}', 422),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_harm_nothing(client, name):
    body, status = HOSTILE[name]
    content = body if isinstance(body, bytes) else body.encode()
    done = client.post(
        "/v1/classify", content=content, headers={"Content-Type": "application/json"}
    )
    assert done.status_code == status, done.text
    assert done.json()


def test_only_json_is_taken(client):
    for kind in ("text/plain", "application/xml", "application/json; charset=cp1251", ""):
        done = client.post("/v1/classify", content=b'{"text":"a"}', headers={"Content-Type": kind})
        assert (done.status_code, done.json()["code"]) == (415, "content_type")


def test_a_large_body_is_refused_with_and_without_its_length(var, monkeypatch):
    use_var(monkeypatch, var)
    with running(quick(body_bytes=1000)) as client:
        for content in (b" " * 1001, iter([b" " * 600, b" " * 600])):
            done = client.post(
                "/v1/classify", content=content, headers={"Content-Type": "application/json"}
            )
            assert (done.status_code, done.json()["code"]) == (413, "body_too_large")


def test_unknown_addresses_and_methods_are_problems_too(client):
    assert client.get("/v1/nothing").json()["code"] == "not_found"
    done = client.get("/v1/classify")
    assert (done.status_code, done.json()["code"]) == (405, "method_not_allowed")
    assert done.headers["allow"] == "POST"
    for path, methods in (("/v1/messages", "GET, POST"), ("/v1/similar", "GET, POST")):
        done = client.delete(path)
        assert (done.status_code, done.headers["allow"]) == (405, methods)


def test_a_fault_tells_nobody_what_was_written(var, monkeypatch, caplog):
    use_var(monkeypatch, var)

    def broken(folder):
        predictor = open_tiny(folder)
        encode = predictor._encoder.encode

        def fail(texts):
            if any("канарейка" in text for text in texts):
                raise RuntimeError(texts[0])
            return encode(texts)

        predictor._encoder.encode = fail
        return predictor

    with running(open_predictor=broken) as client, caplog.at_level("DEBUG"):
        body = {"messages": [{"text": "фонарь"}, {"text": "канарейка"}]}
        done = client.post("/v1/classify", json=body)
        assert (done.status_code, done.json()["code"]) == (500, "fault")
        assert client.post("/v1/classify", json={"text": "фонарь"}).status_code == 200
        assert "канарейка" not in done.text + caplog.text
        assert done.headers["x-content-type-options"] == "nosniff"


def test_without_a_model_the_service_lives_and_says_so(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    with running(wait=False) as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 503
        done = client.post("/v1/classify", json={"text": "фонарь"})
        assert (done.status_code, done.json()["code"]) == (503, "not_ready")
        assert str(tmp_path) not in done.text
        assert int(done.headers["retry-after"]) > 0


def test_measures_count_and_carry_no_words(client):
    classify(client, "канарейка фонарь")
    text = client.get("/metrics").text
    assert 'otklik_requests_total{method="POST",route="/v1/classify",status="200"}' in text
    assert 'otklik_model{name="default"' in text
    assert "канарейка" not in text


def test_the_interface_is_described(client):
    described = client.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0"
    post = described["paths"]["/v1/classify"]["post"]
    examples = post["requestBody"]["content"]["application/json"]["examples"]
    assert {"ru", "en"} <= set(examples)
    for one in examples.values():
        assert client.post("/v1/classify", json=one["value"]).status_code == 200
    assert "application/problem+json" in post["responses"]["422"]["content"]


@pytest.mark.parametrize(
    ("asked", "applied"),
    [
        ("wait=5", "wait=5"),
        ('respond-async, Wait = "7"', "wait=7"),
        ("wait=3600", "wait=20"),
        ("wait=0", "wait=0"),
        ("wait=-1", None),
        ("wait=5s", None),
        ("waiting=5", None),
        ("", None),
    ],
)
def test_a_caller_may_say_how_long_it_would_wait(client, asked, applied):
    done = client.post("/v1/classify", json={"text": "фонарь"}, headers={"Prefer": asked})
    assert done.status_code == 200
    assert done.headers.get("preference-applied") == applied


def test_where_there_is_no_room_the_body_is_not_even_read(client, monkeypatch):
    seen = []

    def refuse(tokens, wait_s=None):
        seen.append((tokens, wait_s))
        raise Problem("overloaded", retry_after_s=7)

    monkeypatch.setattr(client.app.state.service.queue, "check_room", refuse)
    for path in ("/v1/classify", "/v1/messages"):
        done = client.post(
            path,
            content="{" + "ы" * 3500,
            headers={"Content-Type": "application/json", "Prefer": "wait=2"},
        )
        assert (done.status_code, done.json()["code"]) == (429, "overloaded")
        assert done.headers["retry-after"] == "7"
    assert [wait_s for _, wait_s in seen] == [2.0, 2.0]
    assert all(0 < tokens <= 1001 for tokens, _ in seen)
    # what is wrong with a request in other ways is told all the same
    assert client.post("/v1/classify", content="{}").status_code == 415
