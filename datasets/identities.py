"""External ids: a registry's number stays, anything that could tell a person is keyed."""

import re

from otklik.datasets.authors import salted

MAX_CHARS = 64

_ROW_HASH = re.compile(r"[0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{24}")
# «800123», «№ 15-Г/2024», «ПОС-77/12», «01-03/К-1234 от 12.03.2024»: short runs of letters only.
_NUMBER = re.compile(
    r"(?=.*\d)(?:[\d\s.,:;/\\#№()_+-]|(?<![^\W\d_])[^\W\d_]{1,2}(?![^\W\d_])|[A-ZА-ЯЁ]{3,4})+"
)
# «incident-12345», «APPEAL-2026-000123»
_SERIES = re.compile(r"[A-Za-z]{1,16}(?:[-_/:#]\d+)+")
_PHONE = re.compile(r"[78]?9\d{9}")
_SNILS = re.compile(r"\d{3}-\d{3}-\d{3}[ -]\d\d")


def identity(external_id: str, salt: bytes) -> str:
    """The id under which a message is stored.

    Whether an id is kept depends on its form alone, never on what the masker finds: the same row
    must be the same message after the masker has learned a name.

    Parameters
    ----------
    external_id : str
        As the source gives it. The reader's hash of a row without an id is keyed too: whoever has
        the masked row could otherwise try numbers until the hash fits.
    salt : bytes
        See `authors.load_salt`.

    Returns
    -------
    str
        «ПОС-77/12» as it is; 24 hexadecimal digits for «Исаева М. 12», «89280001122», «a@b.ru».
    """
    return external_id if _is_number(external_id) else salted(external_id, salt)


def _is_number(text: str) -> bool:
    if len(text) > MAX_CHARS or _ROW_HASH.fullmatch(text):
        return False
    if _UUID.fullmatch(text) or _SERIES.fullmatch(text):
        return True
    digits = re.sub(r"\D", "", text)
    return bool(
        _NUMBER.fullmatch(text) and not _PHONE.fullmatch(digits) and not _SNILS.search(text)
    )
