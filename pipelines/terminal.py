"""What the command line asks of its surroundings: streams that speak UTF-8, signals that end it."""

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# The alarm is our own: it repeats an interruption that was swallowed.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
AGAIN_S = 0.01


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM; not a KeyboardInterrupt, which typer would end without a word."""


def open_streams() -> None:
    """Make the standard streams speak UTF-8 whatever the locale says; replace closed ones.

    Bytes that are not UTF-8 are an error in the input: passed on, they would pass unmasked.
    """
    for name, mode, encoding, errors in (
        ("stdin", "r", "utf-8-sig", "strict"),
        ("stdout", "w", "utf-8", "replace"),
        ("stderr", "w", "utf-8", "replace"),
    ):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors=errors)


def drop_output() -> None:
    """Let nothing more be written: the interpreter flushes at its end and would complain again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into `Interrupted`, so that files and transactions are closed."""
    before = [signal.signal(number, _interrupt) for number in SIGNALS]
    hook, sys.unraisablehook = sys.unraisablehook, _repeat
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back for a moment; processes started meanwhile never hear them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        with _handlers_deferred():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handlers_deferred() -> Iterator[None]:
    """Keep handlers waiting too: a signal that another thread takes runs them in the main one.

    Only the main thread may set handlers, and only there do they run.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, remember)
    try:
        yield
    finally:
        for held, handler in before.items():
            signal.signal(held, handler)
        if came:
            signal.raise_signal(came[0])


def _repeat(ignored: "sys.UnraisableHookArgs") -> None:
    """Interrupt again: what is raised while an object dies, Python prints and forgets."""
    if ignored.exc_type is Interrupted:
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    else:
        sys.__unraisablehook__(ignored)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted
