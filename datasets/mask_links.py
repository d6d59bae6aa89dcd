"""E-mail addresses, profile links, mentions and nicknames."""

import re
from collections.abc import Iterator

from otklik.datasets.mask_kinds import EMAIL, PROFILE, Found

_AT = re.compile(r"@|\(at\)|\[at\]|\(собака\)|\bсобака\b|\bсобачка\b", re.IGNORECASE)
_LOCAL = re.compile(r"(?<![\w.+-])[\w+-]{1,64}(?:(?: ?\. ?| точка )[\w+-]{1,64}){0,3}\s{0,2}$")
_DOMAIN = re.compile(
    r"\s{0,2}[a-zа-я0-9-]{1,63}(?:\.[a-zа-я0-9-]{1,63}){0,3}"
    r"(?:\.[a-zа-я]{2,10}|(?:\s?\.\s?|\sточка\s|\s)(?:ru|com|su|net|org|рф|ру|ком))(?![a-zа-я0-9])",
    re.IGNORECASE,
)
_LOCAL_REACH = 80

_HOSTS = (
    r"(?:m\.|www\.)?(?:vk\.com|vkontakte\.ru|vk\.ru|ok\.ru|odnoklassniki\.ru|t\.me|telegram\.me|wa\.me"
    r"|api\.whatsapp\.com|instagram\.com|max\.ru|dzen\.ru/id|rutube\.ru/u|youtube\.com(?=/@)|facebook\.com|fb\.com|twitter\.com|x\.com|tiktok\.com)"
)
_LINK = re.compile(
    rf"(?<![\w.@/])(?:https?://)?{_HOSTS}/([^\s\[\]<>«»\"'),;|]{{1,200}})", re.IGNORECASE
)
# Content of communities and of the site itself: nobody's profile
_COMMUNITY = re.compile(
    r"(?:club\d|public\d|event\d|wall-|photo-|video-|album-|topic-|clip-|docs?-|away|feed(?!\?w=wall\d)|search"
    r"|group|s/|p/|reel/|joinchat|\+[a-z]|share|hashtag|im\b|video/)",
    re.IGNORECASE,
)
_CHANNEL_POST = re.compile(r"t\.me/\w+/\d+", re.IGNORECASE)
_MARKUP = re.compile(
    r"\[id(?!0\|ФИО\])\d{1,15}(?::[\w-]{1,40})?\|[^\[\]\n]{0,100}\]", re.IGNORECASE
)
_MENTION = re.compile(
    r"(?<![\w@./])[@*](?:id\d{1,15}\s?\([^()\n]{1,80}\)|[a-z][\w.]{2,31}(?<!\.))", re.IGNORECASE
)
_PROFILE_ID = re.compile(r"(?<![\w/.@*\[])id\d{5,15}(?!\w)", re.IGNORECASE)
_NICKNAME = re.compile(
    r"\b(?:инстаграмм?|инста|телеграмм?|тг|скайп|skype|ник|telegram|instagram|insta|профиль|вконтакте|вк|vk|tg|дискорд|discord|телега)"
    r"(?: в вк)?(?:\s?[:—–-]\s?|\s)([a-z][a-z0-9_.]{3,31})(?![\w@-]|\.\w)",
    re.IGNORECASE,
)
_LATIN = re.compile("[A-Za-z]")
_SERVICES = frozenset(
    [
        "instagram",
        "telegram",
        "whatsapp",
        "skype",
        "viber",
        "facebook",
        "twitter",
        "tiktok",
        "http",
        "https",
    ]
)


def find_links(text: str) -> Iterator[Found]:
    """E-mails and profiles; links of communities («vk.com/club1») stay.

    «ivan собака mail точка ru» is an e-mail too.
    """
    lowered = text.lower()
    if "@" in text or "соба" in lowered or "at)" in lowered or "at]" in lowered:
        yield from _emails(text)
    if "[" in text:
        yield from (_profile(match) for match in _MARKUP.finditer(text))
    if "/" in text:
        for match in _LINK.finditer(text):
            if not _COMMUNITY.match(match[1]) and not _CHANNEL_POST.search(match[0]):
                stop = match.end() - (len(match[1]) - len(match[1].rstrip(".!?:")))
                yield Found(PROFILE, match.start(), stop, match[1].rstrip(".!?:/").lower())
    if "@" in text or "*" in text:
        yield from (
            _profile(match)
            for match in _MENTION.finditer(text)
            if match[0][0] == "@" or match[0][1:3].lower() == "id"
        )
    if "id" in lowered:
        yield from (_profile(match) for match in _PROFILE_ID.finditer(text))
    for match in _NICKNAME.finditer(text) if _LATIN.search(text) else ():
        if match[1].lower() not in _SERVICES and re.search(r"[\d_.]|[a-z]{4}", match[1].lower()):
            yield Found(PROFILE, match.start(1), match.end(1), match[1].lower())


def _emails(text: str) -> Iterator[Found]:
    for sign in _AT.finditer(text):
        before = max(0, sign.start() - _LOCAL_REACH)
        local = _LOCAL.search(text, before, sign.start())
        domain = _DOMAIN.match(text, sign.end())
        if local and domain:
            key = re.sub(r"\s", "", text[local.start() : domain.end()]).lower()
            yield Found(EMAIL, local.start(), domain.end(), key)


def _profile(match: re.Match[str]) -> Found:
    return Found(PROFILE, match.start(), match.end(), match[0].lstrip("@*[").lower())
