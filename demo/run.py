"""What `make run` does: look whether it can be done, then one command after the other, each shown.

Only the standard library: the first look is taken before anything is set up.
"""

# ruff: noqa: T201 - it speaks to whoever ran make
import argparse
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

GIB = 2**30
ENVIRONMENT_BYTES = 5 * GIB
DATA_BYTES = GIB
WEEKS = "2025-W49..2025-W52"
ROUTES = "config/grozny.toml"
LOCK = "run.lock"
INTERRUPTED = 130


class Refused(Exception):
    """Why it cannot be done, and what to do."""


def look(port: int, var: Path, venv: Path) -> None:
    """Find what would stop the run after minutes.

    Raises
    ------
    Refused
        The port is taken, the folder cannot be written to, or the disk is too small.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(
                f"Port {port} cannot be used: {error.strerror}. If another `make run` holds it, "
                f"its page is http://127.0.0.1:{port}. Else: make run PORT={port + 1}"
            ) from None
    try:
        var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var):
            pass
    except OSError as error:
        raise Refused(
            f"The data folder {var} cannot be written to: {error.strerror}. "
            "Name another one: make run VAR=/path/to/folder"
        ) from None
    ask_room(var, DATA_BYTES, "VAR")
    if not (venv / "ready").exists():
        ask_room(venv.parent, ENVIRONMENT_BYTES, "VENV")


def ask_room(folder: Path, needed: int, variable: str) -> None:
    """Ask for `needed` free bytes on the disk of a folder, there or not yet."""
    folder = folder.absolute()
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Refused(
            f"The disk of {folder} has {free / GIB:.1f} GiB left, and about "
            f"{needed / GIB:.0f} GiB are needed. Make room, or name a folder elsewhere: "
            f"make run {variable}=/path/to/folder"
        )


def hold(var: Path, port: int) -> int:
    """Let nobody else run in this folder; the commands hold the lock too, should this one die.

    Returns
    -------
    int
        The descriptor that holds it.
    """
    lock = os.open(var / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(
            f"Another `make run` works in {var}. Wait for its page, or start a second city beside "
            f"it: make run VAR=var2 PORT={port + 1}"
        ) from None
    return lock


def commands(var: Path, messages: int) -> list[list[str]]:
    """What is done before the service starts; each leaves alone what is done already."""
    made = ["synthetic", "make", "--seed", "7", "--messages", str(messages)]
    return [
        ["model", "base"],
        ["model", "build"],
        [*made, "--out", str(var / "otklik.db")],
        ["weekly", "--city", ROUTES, "--out", str(var / "reports"), "--week", WEEKS],
    ]


def run(port: int, var: Path, messages: int) -> int:
    """Do it all; ends with the service.

    Returns
    -------
    int
        Exit code.
    """
    lock = hold(var, port)
    otklik = str(Path(sys.executable).with_name("otklik"))
    os.environ["OTKLIK_VAR"] = str(var)
    os.environ.pop("OTKLIK_DATABASE_URL", None)  # never into a store that something else uses
    asked = commands(var, messages)
    for number, words in enumerate(asked, 1):
        shown = " ".join(["otklik", *words])
        print(f"\n[{number}/{len(asked) + 1}] {shown}", flush=True)
        code = subprocess.run([otklik, *words], pass_fds=[lock]).returncode
        if code:
            print(
                f"\nStopped at: {shown}\nWhat is done stays done: mend what the line above says, "
                "then the same `make run` goes on from here, or VAR=… begins in another folder.",
                file=sys.stderr,
            )
            return code
    words = ["serve", "--port", str(port)]
    print(f"\n[{len(asked) + 1}/{len(asked) + 1}] {' '.join(['otklik', *words])}", flush=True)
    served = subprocess.Popen([otklik, *words], pass_fds=[lock])
    try:
        tell_when_open(served, port)
        return served.wait()
    finally:
        served.terminate()
        served.wait()


def tell_when_open(served: "subprocess.Popen[bytes]", port: int) -> None:
    """Say where the page is as soon as there is one."""
    address = f"http://127.0.0.1:{port}"
    while served.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health/ready", timeout=5):
                print(f"\nOpen {address} in a browser. Ctrl-C ends the service.\n", flush=True)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)  # the service writes a line for each question


def port_number(written: str) -> int:
    """Read a number from 1 to 65535."""
    if not written.isdecimal() or not 0 < int(written) < 65536:
        raise argparse.ArgumentTypeError(f"{written!r} is no port; ports are 1 to 65535")
    return int(written)


def main() -> int:
    """Look, or look and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=port_number, default=8080)
    parser.add_argument("--var", type=Path, default=Path("var"))
    parser.add_argument("--venv", type=Path, default=Path(".venv"))
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--look", action="store_true", help="only say what would stop it")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what it started, too
    try:
        look(options.port, options.var, options.venv)
        return 0 if options.look else run(options.port, options.var, options.messages)
    except Refused as error:
        print(f"make run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same `make run` goes on from here.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
