"""Text of exports and social networks as its author saw it on the screen."""

import html
import re
import unicodedata

from selectolax.lexbor import LexborHTMLParser

_LINE_TAG = re.compile(r"</?br\s*/?>", re.IGNORECASE)
# With the semicolon only: «?a=1&copy=2» in a link is no copyright sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,30});")
# Only real tags: «<3», «<-- сюда» and «давление <120» are what people write.
_TAG = re.compile(
    r"</?(?:a|b|blockquote|body|div|em|figure|font|h[1-6]|hr|html|i|img|li|ol|p|pre|s|span|strong"
    r"|sub|sup|table|tbody|td|th|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BLOCKS = "p, div, li, tr, blockquote, h1, h2, h3, h4, h5, h6, hr, table, ul, ol, pre, figure"
_HIDDEN = ["script", "style", "head", "template", "noscript"]

# [club1|Администрация района] and @club1 (Администрация района): organisations stay by name.
# [id1|Имя] is left: it is personal data, and the markup is how the masker knows it.
_CLUB = re.compile(r"\[(?:club|public|event)\d+(?::[^\[\]|]*)?\|([^\[\]]*)\]")
_CLUB_AT = re.compile(r"[@*](?:club|public|event)\d+ ?\(([^()]*)\)")
_WIKI_LINK = re.compile(r"\[https?://[^\[\]|\s]*\|([^\]|]*)\]")

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
    r"|(?<=\w)\u200d|\u200d(?=\w)"  # a joiner holds emoji together, between letters it is rubbish
)
# Most cells of a table hold none of these: one look instead of five passes.
_SUSPECT = re.compile(rf"{_LINE_ENDS.pattern}|{_INVISIBLE.pattern}|[^\S ]|  ")
_SPACES = re.compile(r"[^\S\n]+")
_LINE_EDGES = re.compile(r" ?\n ?")
_BREAKS = re.compile(r"\s*\n\s*")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean_plain(text: str) -> str:
    """Text without what nobody sees: one kind of space, no invisible marks, letters composed.

    «и» with a separate breve becomes «й»; line breaks stay, more than one empty line does not;
    emoji stay whole.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if not _SUSPECT.search(text):
        return text
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    text = _LINE_EDGES.sub("\n", _SPACES.sub(" ", text))
    # Once more: what an invisible mark held apart has come together.
    return unicodedata.normalize("NFC", _EMPTY_LINES.sub("\n\n", text).strip())


def clean_social(text: str) -> str:
    """Text of a post or comment from an export of Incident Management.

    The apostrophe that exports put in front goes, `<br>` becomes a line break,
    «[club1|Школа № 7]» becomes «Школа № 7»; «[id1|Анна], спасибо» stays as it is, for the masker.
    """
    text = _untag(_unescape(text.removeprefix("'")))
    if "|" in text or "(" in text:
        text = _CLUB_AT.sub(r"\1", _CLUB.sub(r"\1", text))
        text = _WIKI_LINK.sub(r"\1", text)
    return clean_plain(text)


def clean_html(text: str) -> str:
    """Text of an HTML fragment; blocks, list items and table rows each on a line of their own."""
    # What is an entity of an entity shows only when the tags are gone.
    return clean_social(_unescape(_untag(text)))


def _unescape(text: str) -> str:
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)


def _untag(text: str) -> str:
    if "<" not in text:
        return text
    text = _LINE_TAG.sub("\n", text)
    return _visible(text) if _TAG.search(text) else text


def _visible(text: str) -> str:
    body = LexborHTMLParser(text).body
    if body is None:
        return text
    body.strip_tags(_HIDDEN)
    for block in body.css(_BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    return _BREAKS.sub("\n", body.text())
