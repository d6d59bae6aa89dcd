"""A hub of models on this machine: what `huggingface_hub` asks for, from a folder."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve_hub(model, files, *, lie=(), cut=()):
    """Serve `files` (name → bytes) as `model`; yields the URL and the list of paths asked for.

    Parameters
    ----------
    lie : names of files that are served with other content than the record says
    cut : names of files whose transfer breaks off in the middle
    """
    asked = []

    class Hub(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self._answer(body=False)

        def do_GET(self):
            self._answer(body=True)

        def log_message(self, *_args):
            pass

        def _answer(self, *, body):
            path = self.path.partition("?")[0]
            asked.append(path)
            if path.startswith(f"/api/models/{model}/revision/"):
                self._send(json.dumps(record(model, files)).encode(), {}, body)
                return
            name = path.partition(f"/{model}/resolve/{COMMIT}/")[2]
            name = name or path.partition(f"/{model}/resolve/main/")[2]
            if name not in files:
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound" if name else "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            data = files[name]
            data = bytes(len(data)) if name in lie else data
            headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
            self._send(data, headers, body, broken=name in cut)

        def _send(self, data, headers, body, *, broken=False):
            self.send_response(200)
            for key, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data[: len(data) // 2] if broken else data)
            self.close_connection = self.close_connection or broken

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def record(model, files):
    """What the hub says of a model; weights are in LFS, the rest in git."""
    siblings = []
    for name, data in files.items():
        one = {"rfilename": name, "size": len(data), "blobId": git_hash(data)}
        if name.endswith(".safetensors"):
            lfs = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            one["lfs"] = {**lfs, "pointerSize": 134}
        siblings.append(one)
    return {"id": model, "modelId": model, "sha": COMMIT, "siblings": siblings, "private": False}


def git_hash(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def folder_files(folder):
    """Files of a folder by their path in it."""
    folder = Path(folder)
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
