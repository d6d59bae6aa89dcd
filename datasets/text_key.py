"""One key for every dress of a text: what is compared when texts are."""

import hashlib
import html
import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^<>]*>")
_MENTION = re.compile(
    r"\[(?:id|club|public|event)\d+(?::[\w-]*)?\|[^\[\]]*\]"
    r"|\[ПРОФИЛЬ(?: \d+)?\]|(?<!\w)@[\w.]+"
)
_GREETING = re.compile(
    r"(?:(?:здравствуй(?:те)?|приветствую|привет|(?:ас)?салам[ау]?(?: ал[ае]йкум)?"
    r"|добр(?:ый|ого|ое|ой) (?:день|дня|вечера?|утр[оа]|ночи|времени суток))(?: |$))+"
)


def comparable_text(text: str) -> str:
    """The words of a text as they count when texts are compared.

    Case, ё, punctuation, emoji, markup, mentions and a greeting at the beginning do not count;
    digits do. Where nothing would be left («Добрый день!», «👍»), less is taken away, so that only
    an empty text gives an empty string.

    Examples
    --------
    >>> comparable_text("[club1|Мэрия], Здравствуйте! Ёлка упала у д. 5!!!")
    'елка упала у д 5'
    """
    plain = unicodedata.normalize("NFC", text)
    if "<" in plain or "&" in plain:
        plain = html.unescape(_TAG.sub(" ", plain))
    bare = _MENTION.sub(" ", plain) if "[" in plain or "@" in plain else plain
    words = _words(bare) or _words(plain)
    greeting = _GREETING.match(words)
    return (words[greeting.end() :] if greeting else "") or words or text.strip()


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.lower().replace("ё", "е")))


def text_key(text: str) -> str:
    """Fingerprint of `comparable_text`: equal for texts that differ only in dress.

    Returns
    -------
    str
        32 hexadecimal digits (BLAKE2b, 16 bytes).
    """
    encoded = comparable_text(text).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()
