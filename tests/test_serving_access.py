"""Who is answered: keys, scopes, loopback, limits, audit; nothing personal in log or measures."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta

import pytest
from calling import quick, running, use_var
from commands import run
from registering import write_tiny
from typer.testing import CliRunner

from otklik.datasets.errors import BadAudit, BadKeys
from otklik.pipelines import cli
from otklik.serving.app import ROUTERS, describe
from otklik.serving.audit_log import AuditLog
from otklik.serving.guard import OPEN
from otklik.serving.keys import KeyFile, Scope
from otklik.serving.limits import RateLimits
from otklik.serving.problems import Problem

BODY = {"text": "фонарь"}
PARAMETERS = {
    "message_id": "1",
    "version": "im-2026",
    "claim": "0123456789abcdef",
    "event_id": "1",
}


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var")
    write_tiny(folder / "models" / "default")
    return folder


@pytest.fixture(scope="module")
def client(var):
    """A service for the whole network: no question is answered without a key."""
    with pytest.MonkeyPatch.context() as patch:
        use_var(patch, var)
        with running(quick(host="0.0.0.0"), local=False) as client:
            yield client


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def routes():
    for router in ROUTERS:
        for route in router.routes:
            for method in sorted(route.methods):
                yield method, route.path, route.openapi_extra["x-scope"]


def ask(client, method, path, headers):
    address = path
    for name, value in PARAMETERS.items():
        address = address.replace(f"{{{name}}}", value)
    body = {"content": b"{}"} if method == "POST" else {}
    kind = "text/csv" if path == "/v1/import" else "application/json"
    return client.request(method, address, headers={**headers, "Content-Type": kind}, **body)


def test_every_route_answers_its_scope_and_no_other(client, var):
    tokens = {scope: KeyFile(var).add(scope, [scope])[1] for scope in Scope}
    seen = set()
    assert set(describe(client.app)["paths"]) <= {path for _, path, _ in routes()}
    for method, path, needed in routes():
        seen.add(needed)
        assert needed == OPEN or needed in list(Scope)
        nobody = ask(client, method, path, {})
        assert (nobody.status_code in (200, 503)) == (needed == OPEN), path
        if needed == OPEN:
            continue
        assert nobody.status_code == 401, path
        assert nobody.json()["code"] == "no_key"
        assert nobody.headers["www-authenticate"].startswith("Bearer")
        for scope, token in tokens.items():
            status = ask(client, method, path, bearer(token)).status_code
            assert (status == 403) == (scope != needed), (path, scope)
            assert status != 401
    assert seen == {OPEN, *Scope}


def test_every_body_has_examples_in_both_languages(client):
    found = describe(client.app)
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            assert " / " in operation["summary"], path
            content = operation.get("requestBody", {}).get("content", {})
            kinds = [kind for kind in ("application/json", "text/csv") if kind in content]
            assert bool(kinds) == (method == "post"), path
            for kind in kinds:
                examples = content[kind]["examples"]
                assert set(examples) == {"ru", "en"}, path
                for language, one in examples.items():
                    told = one["summary"] + one.get("description", "")
                    cyrillic = re.search("[а-яё]", told, re.IGNORECASE)
                    assert bool(cyrillic) == (language == "ru"), (path, told)


def test_a_wrong_key_is_refused_before_the_body_is_read(client, var):
    _, token = KeyFile(var).add("x", [Scope.CLASSIFY])
    id = token.split("_")[1]
    wrong = (token[:-1], token + "a", f"otk_{id}_", f"otk_{id}", f"abc_{token[4:]}", "otk__", "a")
    for given in wrong:
        done = client.post("/v1/classify", content=b"{", headers=bearer(given))
        assert (done.status_code, done.json()["code"]) == (401, "bad_key")
    for header in (f"Basic {token}", token, "Bearer", "Bearer ключ".encode()):
        done = client.post("/v1/classify", json=BODY, headers={"Authorization": header})
        assert done.status_code == 401
    assert client.post("/v1/classify", json=BODY, headers=bearer(token)).status_code == 200


def test_keys_end_by_time_by_revocation_and_by_rotation(client, var):
    keys = KeyFile(var)

    def status(token):
        return client.post("/v1/classify", json=BODY, headers=bearer(token)).status_code

    past = datetime.now(UTC) - timedelta(seconds=1)
    assert status(keys.add("past", [Scope.CLASSIFY], expires_at=past)[1]) == 401
    key, token = keys.add("first", [Scope.CLASSIFY])
    assert status(token) == 200
    _, second = keys.add("second", [Scope.CLASSIFY], replaces=key.id, overlap=timedelta(hours=1))
    assert status(token) == status(second) == 200
    newer, third = keys.add("third", [Scope.CLASSIFY], replaces=second.split("_")[1])
    assert (status(second), status(third)) == (401, 200)
    keys.revoke(newer.id)
    assert status(third) == 401


def test_only_hashes_are_kept_for_the_owner_alone(tmp_path):
    keys = KeyFile(tmp_path)
    key, token = keys.add("x", [Scope.READ])
    kept = keys.path.read_text(encoding="utf-8")
    assert token.split("_", 2)[2] not in kept
    assert key.digest in kept
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert KeyFile(tmp_path).listed() == [key]
    with pytest.raises(BadKeys, match="No key 'zz'"):
        keys.revoke("zz")
    keys.path.write_text("{}", encoding="utf-8")
    with pytest.raises(BadKeys, match="no file of keys"):
        KeyFile(tmp_path).listed()


def test_on_loopback_only_programs_of_this_machine_need_no_key(var, monkeypatch):
    use_var(monkeypatch, var)
    with running() as client:
        assert client.post("/v1/classify", json=BODY).status_code == 200
        for headers in (
            {"X-Forwarded-For": "10.0.0.7"},
            {"Forwarded": "for=10.0.0.7"},
            {"Origin": "http://evil.example"},
            {"Host": "otklik.evil.example"},
        ):
            assert client.post("/v1/classify", json=BODY, headers=headers).status_code == 401
    with running(quick(keys="required")) as client:
        assert client.post("/v1/classify", json=BODY).status_code == 401
    with running(local=False) as client:  # another machine, whatever the settings say
        assert client.post("/v1/classify", json=BODY).status_code == 401


def test_a_key_sends_no_more_than_its_limit(client, var):
    _, token = KeyFile(var).add("slow", [Scope.CLASSIFY], rate_per_minute=3)
    batch = {"messages": [BODY, BODY]}
    assert client.post("/v1/classify", json=batch, headers=bearer(token)).status_code == 200
    assert client.post("/v1/classify", json=BODY, headers=bearer(token)).status_code == 200
    done = client.post("/v1/classify", json=BODY, headers=bearer(token))
    assert (done.status_code, done.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(done.headers["retry-after"]) <= 21


def test_buckets_fill_with_time():
    clock = iter((0.0, 0.0, 0.0, 1.0, 1.0))
    limits = RateLimits(lambda: next(clock))
    limits.charge("a", 60, 60)
    limits.charge("b", 1, 60)
    with pytest.raises(Problem) as refused:
        limits.charge("a", 1, 60)
    assert refused.value.retry_after_s == 1
    limits.charge("a", 1, 60)
    with pytest.raises(Problem):
        limits.charge("a", 1, 60)
    for _ in range(3):
        limits.charge("c", 1000, 0)


def test_every_answer_carries_headers_of_safety(client):
    for path in ("/health/live", "/nothing", "/v1/classify"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_admin_readings_are_audited_without_words(client, var):
    key, token = KeyFile(var).add("watch", [Scope.ADMIN])
    audit = AuditLog(var)
    before = audit.check()
    client.get("/metrics?q=канарейка", headers=bearer(token))
    assert audit.check() == before + 1
    last = json.loads(audit.path.read_text(encoding="utf-8").splitlines()[-1])
    assert (last["action"], last["key"], last["status"]) == ("metrics", key.id, 200)
    assert "канарейка" not in audit.path.read_text(encoding="utf-8")


def test_nobody_unknown_writes_into_the_audit(client, var):
    def size():
        path = AuditLog(var).path
        return path.stat().st_size if path.exists() else 0

    before = size()
    for headers in ({}, bearer("otk_0_x"), {"Authorization": "Basic x"}):
        assert client.get("/v1/messages", headers=headers).status_code == 401
    assert size() == before
    _, token = KeyFile(var).add("x", [Scope.CLASSIFY])
    assert client.get("/v1/messages", headers=bearer(token)).status_code == 403
    assert size() > before


def test_a_length_with_many_zeros_is_a_length(client, var):
    _, token = KeyFile(var).add("x", [Scope.CLASSIFY])
    for length in ("0" * 5000 + "2", "9" * 5000, "-1", "2.0", "x"):
        headers = {**bearer(token), "Content-Type": "application/json", "Content-Length": length}
        done = client.post("/v1/classify", content=b"{}", headers=headers)
        assert done.status_code in (413, 422), length


def test_an_audit_that_was_changed_is_noticed(tmp_path):
    audit = AuditLog(tmp_path)
    assert audit.check() == 0
    for number in range(4):
        AuditLog(tmp_path).add("read", "k", {"messages": [number]})
    assert audit.check() == 4
    lines = audit.path.read_text(encoding="utf-8").splitlines(keepends=True)
    for changed in (
        lines[:1] + lines[2:],
        [lines[0].replace("[0]", "[9]"), *lines[1:]],
        [lines[1], lines[0], *lines[2:]],
    ):
        audit.path.write_text("".join(changed), encoding="utf-8")
        with pytest.raises(BadAudit, match="line"):
            audit.check()


def test_the_log_names_no_path_and_no_token(client, var, caplog):
    _, token = KeyFile(var).add("log", [Scope.CLASSIFY])
    with caplog.at_level("DEBUG"):
        client.post(
            "/v1/classify?heads=канарейка",
            json={"text": "Канарейкина Стелла 8 928 555-01-77"},
            headers=bearer(token),
        )
    lines = [one.getMessage() for one in caplog.records if one.name.startswith("otklik")]
    assert any("POST /v1/classify 422" in line for line in lines)
    text = "\n".join(lines).lower()
    assert "канарейк" not in text
    assert token.lower() not in text
    assert "555" not in text


def test_commands(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)

    def otklik(*args):
        return CliRunner().invoke(cli.app, args)

    done = otklik("key", "add", "ПОС", "--scope", "classify", "--days", "30", "--json")
    made = json.loads(done.output)
    assert KeyFile(tmp_path).find(made["token"]).name == "ПОС"
    listed = otklik("key", "list", "--json").output
    assert [(one["id"], one["state"]) for one in json.loads(listed)] == [(made["id"], "valid")]
    assert made["token"] not in listed
    assert json.loads(otklik("key", "revoke", made["id"], "--json").output)["state"] == "revoked"
    assert KeyFile(tmp_path).find(made["token"]) is None
    assert AuditLog(tmp_path).check() == 2
    assert otklik("key", "add", "x", "--scope", "everything").exit_code == 2
    assert isinstance(otklik("key", "revoke", "nothing").exception, BadKeys)


def test_nobody_is_served_where_nobody_could_ask(tmp_path):
    done = run("serve", "--host", "0.0.0.0", "--port", "0", var=tmp_path)
    assert done.returncode == 1
    assert "otklik key add" in done.stderr
