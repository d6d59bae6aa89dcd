"""Requests that nobody means well with, the same ones for a seed."""

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from serving_load import JSON, PATIENT
from serving_wire import Sent

MEGABYTES = 10
MIB = 1 << 20

SQL = ("'; DROP TABLE messages; --", "1 OR 1=1", '" UNION SELECT * FROM keys --', "%27%20OR%201")
HTML = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;" * 40, "<b>" * 200)
TYPES = (
    "text/plain",
    "application/xml",
    "application/json; charset=utf-16",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "image/png",
    "application/json,text/html",
    "*/*",
    "",
    "application/json; charset=windows-1251",
    "application/ld+json",
    "text/csv",
)
NUMBERS = (
    "1e400",
    "-1e400",
    "9" * 5000,
    "NaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "1e",
    "-0",
    "01",
    "1e-400",
    "2147483648",
    "-9223372036854775809",
    "18446744073709551616",
)
ODD = ("\u202e", "\u200b" * 50, "а\u0301" * 300, "\ufeff", "\x01\x02\x03", "\u0000", "‮" * 20)
EMOJI = "😀🔥👨‍👩‍👧‍👦🏳️‍🌈🚰💡🕳️👍🏽"
PLACES = (
    ("/v1/classify", 12),
    ("/v1/messages", 6),
    ("/v1/similar", 3),
    ("/v1/answers", 2),
    ("/v1/messages/1/labels", 2),
    ("/v1/review/claims", 2),
    ("/v1/models/automatic", 1),
)


class Hostile:
    """Makes them; most never reach the model, some do."""

    def __init__(self, texts: Sequence[str], seed: int = 7) -> None:
        self._texts, self._draw = texts, random.Random(seed)
        self._kinds: tuple[tuple[Callable[[], Sent], int], ...] = (
            (self.broken_utf8, 12),
            (self.cut_off, 12),
            (self.flipped, 12),
            (self.noise, 8),
            (self.nested, 6),
            (self.nul, 8),
            (self.surrogate, 6),
            (self.odd, 3),
            (self.emoji, 2),
            (self.sql, 3),
            (self.html, 3),
            (self.wrong_type, 10),
            (self.number, 10),
            (self.wrong_shape, 10),
            (self.query, 6),
            (self.encoded, 4),
            (self.path, 8),
            (self.header, 4),
        )

    def requests(self, count: int, large: int) -> Iterator[Sent]:
        """So many requests; `large` of them have bodies of ten megabytes."""
        kinds, weights = zip(*self._kinds, strict=True)
        every = max(1, count // large) if large else count + 1
        for number in range(count):
            if number % every == every - 1:
                yield self.large(chunked=bool(number // every % 2))
            else:
                yield self._draw.choices(kinds, weights)[0]()

    def _where(self) -> str:
        places, weights = zip(*PLACES, strict=True)
        return self._draw.choices(places, weights)[0]

    def _post(self, kind: str, body: bytes, *more: tuple[str, str], where: str = "") -> Sent:
        return Sent(kind, "POST", where or self._where(), (JSON, PATIENT, *more), body)

    def _good(self) -> dict[str, Any]:
        draw = self._draw
        number = str(draw.randrange(10**6))
        return {"source": "bench", "id": number, "kind": "сообщение", "text": self._short()}

    def _short(self) -> str:
        return self._draw.choice(self._texts)[:80]

    def _good_bytes(self) -> bytes:
        return json.dumps(self._good(), ensure_ascii=False).encode()

    def _with(self, kind: str, text: str) -> Sent:
        """A text that may be read; where it stands may be any field."""
        body = self._good()
        body[self._draw.choice(("text", "text", "id", "source", "kind"))] = text
        where = self._draw.choice(("/v1/classify", "/v1/messages", "/v1/similar"))
        return self._post(kind, json.dumps(body, ensure_ascii=True).encode(), where=where)

    def broken_utf8(self) -> Sent:
        body = bytearray(self._good_bytes())
        place = self._draw.randrange(len(body))
        body[place:place] = self._draw.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xd0"))
        return self._post("broken UTF-8", bytes(body))

    def cut_off(self) -> Sent:
        body = self._good_bytes()
        return self._post("cut off", body[: self._draw.randrange(len(body))])

    def flipped(self) -> Sent:
        body = bytearray(self._good_bytes())
        for _ in range(self._draw.randint(1, 4)):
            body[self._draw.randrange(len(body))] = self._draw.randrange(256)
        return self._post("flipped bytes", bytes(body))

    def noise(self) -> Sent:
        return self._post("noise", self._draw.randbytes(self._draw.randrange(400)))

    def nested(self) -> Sent:
        depth = self._draw.choice((50, 500, 5_000, 100_000))
        first, last = self._draw.choice(((b"[", b"]"), (b'{"text":', b"}"), (b'{"a":[', b"]}")))
        return self._post("nested", first * depth + b"1" + last * self._draw.choice((0, depth)))

    def nul(self) -> Sent:
        body = self._good_bytes()
        if self._draw.random() < 0.5:
            return self._with("NUL", "вода\x00нет")
        return self._post("NUL", body.replace(b" ", b"\x00"))

    def surrogate(self) -> Sent:
        return self._post("surrogates", b'{"text": "\\ud800 \\udfff %d"}' % self._draw.random())

    def odd(self) -> Sent:
        return self._with("odd characters", self._short() + self._draw.choice(ODD))

    def emoji(self) -> Sent:
        return self._with("emoji", EMOJI * self._draw.randint(1, 40))

    def sql(self) -> Sent:
        return self._with("SQL", self._draw.choice(SQL))

    def html(self) -> Sent:
        return self._with("HTML", self._draw.choice(HTML) + self._short())

    def wrong_type(self) -> Sent:
        kind = ("Content-Type", self._draw.choice(TYPES))
        return Sent("wrong type", "POST", self._where(), (kind,), self._good_bytes())

    def number(self) -> Sent:
        value, name = self._draw.choice(NUMBERS), self._draw.choice(("text", "place", "id", "x"))
        inner = f'{{"latitude": {value}}}' if name == "place" else value
        return self._post("huge numbers", f'{{"text": "ы", "{name}": {inner}}}'.encode())

    def wrong_shape(self) -> Sent:
        bodies = (
            [],
            {},
            None,
            True,
            "текст",
            {"messages": []},
            {"messages": [{"text": "а"}] * 257},
            {"text": ["а"]},
            {"text": {"a": 1}},
            {"text": ""},
            {"text": "а", "чужое": 1},
            {"text": "а", "received_at": "вчера"},
            {"text": "а", "received_at": 17},
            {"messages": [{"text": "а"}, 5]},
            {"text": "а" * 20_001},
        )
        body = json.dumps(self._draw.choice(bodies), ensure_ascii=False)
        return self._post("wrong shape", body.encode())

    def query(self) -> Sent:
        asked = self._draw.choice(
            (
                "top=0",
                "top=1e9",
                "top=" + "9" * 400,
                "heads=" + "a," * 300,
                "explain=да",
                "top=",
                "heads=%00",
                "heads=%ff%fe",
                "top[]=1",
                "&&&===",
                "heads=../../etc/passwd",
            )
        )
        return self._post("query", self._good_bytes(), where=f"/v1/classify?{asked}")

    def encoded(self) -> Sent:
        packed = gzip.compress(self._good_bytes())
        kind = ("Content-Encoding", self._draw.choice(("gzip", "br", "deflate, gzip")))
        return self._post("compressed", packed, kind)

    def path(self) -> Sent:
        target = self._draw.choice(
            (
                "/v1/messages/0",
                "/v1/messages/" + "9" * 300,
                "/v1/messages/%00",
                "/v1/../keys.json",
                "/v1/messages?cursor=-1",
                "/v1/messages?since=0",
                "/v1/similar?id=1e9",
                "/%ff%fe",
                "/v1/rubricators/..%2f..%2fetc",
                "/v1/review?cursor=%27%20OR%201",
                "/v1/models?as_of=x",
                "/" + "a" * 3000,
                "/v1/messages?district=" + "%D0%B6" * 300,
                "/v1/webhook/dead?cursor=x",
            )
        )
        return Sent("paths", self._draw.choice(("GET", "GET", "DELETE")), target)

    def header(self) -> Sent:
        draw = self._draw
        more = draw.choice(
            (
                ("Authorization", "Bearer " + "a" * 500),
                ("Authorization", "Basic ////"),
                ("Accept-Language", "," * 3000),
                ("Accept-Language", "en;q=nan,ru;q=-1e999"),
                ("Prefer", "wait=" + "9" * 200),
                ("Prefer", "wait=-1"),
                ("Expect", "100-continue"),
                ("X-Forwarded-For", "127.0.0.1, " * 50),
                ("Origin", "null"),
            )
        )
        return Sent("headers", "POST", "/v1/classify", (JSON, more), self._good_bytes())

    def large(self, *, chunked: bool) -> Sent:
        body = b'{"text": "%b"}' % (b"a" * MEGABYTES * MIB)
        return Sent("10 MB", "POST", self._where(), (JSON,), body, chunked)
