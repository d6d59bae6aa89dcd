"""What comes before a body has an end: of length and of time."""

import socket

import pytest
from calling import listening, quick, until, use_var
from registering import open_tiny, write_tiny

from otklik.serving import front
from otklik.serving.app import create_app

GET = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def address(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path / "var")
    write_tiny(tmp_path / "var" / "models" / "default")
    with listening(create_app(quick(), open_predictor=open_tiny)) as url:
        yield "127.0.0.1", int(url.rpartition(":")[2])


def told(connection):
    """What the service says until it closes the connection, or falls silent."""
    found = b""
    connection.settimeout(30)
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def send_for_ever(connection, piece):
    for _ in range(100_000):
        connection.sendall(piece)


def test_a_head_without_end_is_refused(address):
    for endless in (GET + b"X: ", GET, b"GET /"):
        piece = b"a" * 1000 if not endless.endswith(b"\n") else b"X: a\r\n" * 200
        with socket.create_connection(address) as connection:
            connection.sendall(endless)
            with pytest.raises(OSError, match=r"reset|pipe"):
                send_for_ever(connection, piece)


def test_a_head_that_does_not_come_is_not_waited_for(address, monkeypatch):
    monkeypatch.setattr(front, "HEAD_S", 0.5)
    for beginning in (b"", b"GET", GET + b"X: a"):
        with socket.create_connection(address) as connection:
            connection.sendall(beginning)
            assert b" 400 " in told(connection)


def test_whoever_behaves_is_answered_again_and_again(address):
    body = '{"text": "фонарь %s"}' % ("а" * 19_000)
    post = (
        "POST /v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()
    ready = GET.replace(b"live", b"ready") + b"\r\n"
    with socket.create_connection(address) as connection, connection.makefile("rb") as file:

        def ask(request):
            connection.sendall(request)
            status = int(file.readline().split()[1])
            length = 0
            while (line := file.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length"):
                    length = int(line.split()[1])
            file.read(length)
            return status

        until(lambda: ask(ready) == 200)
        for _ in range(3):
            assert ask(post) == 200
            assert ask(GET + b"\r\n") == 200
        connection.sendall(GET + b"Connection: close\r\n\r\n")
        assert file.read().count(b" 200 ") == 1
