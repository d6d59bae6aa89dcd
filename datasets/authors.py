"""Author keys: a salted hash joins the messages of one author and tells nobody who it is."""

import hashlib
import os
import secrets
from pathlib import Path

from otklik.datasets.errors import BadSettings
from otklik.datasets.settings import Settings

SALT_FILE = "author_salt"
SALT_BYTES = 32
FEWEST_SALT_BYTES = 16
KEY_BYTES = 12
# Last digits of an author key: they prove that it was made with this salt.
_PROOF_DIGITS = 6


def load_salt(settings: Settings) -> bytes:
    """The owner's salt, or a random one that is made once and kept in the data folder.

    Raises
    ------
    BadSettings
        The salt cannot be made or read: without it the same author would get two keys. Or it is
        so short that it can be guessed, and with it every author.
    """
    if settings.author_salt is not None:
        return _checked(settings.author_salt.get_secret_value().encode())
    path = settings.var / SALT_FILE
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
        _make_once(path)
        salt = path.read_bytes()
    except OSError as error:
        raise BadSettings(
            f"{path}: {error.strerror}. Make {settings.var} writable or set OTKLIK_AUTHOR_SALT."
        ) from error
    if len(salt) != SALT_BYTES:
        raise BadSettings(
            f"{path} holds {len(salt)} bytes, expected {SALT_BYTES}. Restore it from a backup or "
            "set OTKLIK_AUTHOR_SALT; a new salt parts authors from their earlier messages."
        )
    return salt


def _checked(given: bytes) -> bytes:
    if len(given) < FEWEST_SALT_BYTES:
        raise BadSettings(
            f"OTKLIK_AUTHOR_SALT holds {len(given)} bytes, expected at least {FEWEST_SALT_BYTES}: "
            "a short salt can be guessed. Set a longer one, or unset it to have one made."
        )
    return given


def _make_once(path: Path) -> None:
    # Linked into place when complete: two importers that start together agree on one salt.
    if path.exists():
        return
    part = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SALT_BYTES))
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def author_key(author: str, salt: bytes) -> str:
    """Key of a profile link or a name; letter case and spaces around do not matter.

    A key of the same salt stays what it is: what `otklik export` wrote carries one already.
    """
    if _is_key(author, salt):
        return author
    body = salted(author.strip().casefold(), salt)[:-_PROOF_DIGITS]
    return body + _proof(body, salt)


def salted(text: str, salt: bytes) -> str:
    """Keyed hash: 24 hexadecimal digits (BLAKE2b)."""
    return hashlib.blake2b(text.encode(), key=salt[:64], digest_size=KEY_BYTES).hexdigest()


def _is_key(author: str, salt: bytes) -> bool:
    body, proof = author[:-_PROOF_DIGITS], author[-_PROOF_DIGITS:]
    return len(author) == 2 * KEY_BYTES and proof == _proof(body, salt)


def _proof(body: str, salt: bytes) -> str:
    return salted(body, salt)[:_PROOF_DIGITS]
