"""Near-duplicates among synthetic posts: CPU time, what is found, and datasketch on the same rows.

    python benchmarks/duplicates.py [--rows 100000] [--rival-rows 10000] [--json]

Posts are put together at random from the words below; three in ten are copies of an earlier post:
reposted with a line in front, with the tail cut off, with typing errors, with hashtags added.
Recall is the share of copies that land in the group of their original; precision is the share of
pairs put together that truly descend from one post. The rival is datasketch as its documentation
shows it (`MinHashLSH`, 128 permutations, same shingles and texts), its answers joined into groups.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from datasketch import MinHash, MinHashLSH

from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.text_key import comparable_text, text_key

THRESHOLD = 0.8
COPY_SHARE = 0.3


def _words(text: str) -> list[str]:
    return text.split()


ADJECTIVES = _words(
    """
    старый новый ржавый разбитый глубокий скользкий тёмный грязный опасный соседний детский
    школьный аварийный пустой шумный высокий узкий мокрый ледяной бетонный деревянный железный
    дырявый кривой заброшенный временный платный бездомный уличный ночной утренний вечерний
    весенний зимний полуразрушенный незаконный муниципальный частный единственный дальний
    """
)
NOUNS = _words(
    """
    фонарь люк тротуар забор подъезд лифт подвал чердак контейнер двор газон светофор автобус
    маршрут водитель дворник подрядчик диспетчер инспектор колодец водосток балкон козырёк насос
    счётчик котёл кран стояк провод столб пандус бордюр шлагбаум киоск рынок мост переход садик
    спортзал кабинет рентген терапевт учебник автокран экскаватор тополь кустарник сугроб
    мусоровоз громкоговоритель кондиционер склад магазин сквер фонтан памятник причал пруд
    родник пустырь
    """
)
VERBS = _words(
    """
    сломался исчез провалился затонул шумит мешает горит гниёт протекает искрит падает стоит
    пустует закрыт перекрыт заржавел обвалился замёрз дымит пахнет сыплется заставлен перекошен
    разрушается отключён переполнен раскопан брошен размыт обледенел зарос
    """
)
TIMES = _words(
    """
    вчера сегодня ночью утром днём вечером неделю месяц зимой летом весной осенью ежедневно
    постоянно иногда снова опять давно недавно круглосуточно
    """
)
SENTENCES = (
    "{a} {n} {v} {t} возле дома {house}",
    "{t} {n} {v}, {n2} тоже {v2}",
    "кто починит {n} на улице, где {a} {n2} {v2} {t}",
    "{n} {v}, потому что {a} {n2} {v2}, заявка {number}",
    "{t} звонили про {n}, ответ {number}: {a} {n2} {v2}",
)


@dataclass(frozen=True, slots=True)
class Post:
    """A text, the number of the post it descends from, and how it was changed."""

    text: str
    origin: int
    kind: str


def repost(text: str, rng: random.Random) -> str:
    return rng.choice(["Репост!", "Поделюсь:", "Добрый день,"]) + " " + text


def cut_tail(text: str, rng: random.Random) -> str:
    return text[: int(len(text) * rng.uniform(0.87, 0.97))]


def mistype(text: str, rng: random.Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(text) // 80)):
        letters[rng.randrange(len(letters))] = rng.choice("оеанитсрвл")
    return "".join(letters)


def add_hashtags(text: str, rng: random.Random) -> str:
    return text + " " + rng.choice(["#двор", "#дороги #город", "#помогите"])


CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "repost": repost,
    "cut tail": cut_tail,
    "typos": mistype,
    "hashtags": add_hashtags,
}


def write_post(rng: random.Random) -> str:
    """A post of three to eight sentences: grammar as on a bad day, no two alike by chance."""
    sentences = [
        rng.choice(SENTENCES).format(
            a=rng.choice(ADJECTIVES),
            n=rng.choice(NOUNS),
            n2=rng.choice(NOUNS),
            v=rng.choice(VERBS),
            v2=rng.choice(VERBS),
            t=rng.choice(TIMES),
            house=rng.randrange(1, 200),
            number=rng.randrange(1000, 999999),
        )
        for _ in range(rng.randrange(3, 9))
    ]
    return ". ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)


def write_posts(rows: int, seed: int = 0) -> list[Post]:
    rng = random.Random(seed)
    originals: list[str] = []
    posts = []
    for _ in range(rows):
        if originals and rng.random() < COPY_SHARE:
            origin, kind = rng.randrange(len(originals)), rng.choice(list(CHANGES))
            posts.append(Post(CHANGES[kind](originals[origin], rng), origin, kind))
        else:
            originals.append(write_post(rng))
            posts.append(Post(originals[-1], len(originals) - 1, "original"))
    return posts


def datasketch_groups(texts: Sequence[str]) -> list[int]:
    """Groups by datasketch: hash, insert, query each text, join what it returns."""
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    hashes = []
    for place, text in enumerate(texts):
        padded = f" {comparable_text(text)} "
        minhash = MinHash(num_perm=128)
        runs = {padded[start : start + 5].encode() for start in range(len(padded) - 4)}
        minhash.update_batch(list(runs))
        lsh.insert(place, minhash)
        hashes.append(minhash)
    parent = list(range(len(texts)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, minhash in enumerate(hashes):
        for other in lsh.query(minhash):
            parent[root(other)] = root(place)
    return [root(place) for place in range(len(texts))]


def quality(posts: Sequence[Post], groups: Sequence[int]) -> dict[str, float]:
    """Recall by kind of change, and precision over pairs."""
    group_of = {p.origin: g for p, g in zip(posts, groups, strict=True) if p.kind == "original"}
    planted = Counter(post.kind for post in posts)
    found = Counter(p.kind for p, g in zip(posts, groups, strict=True) if g == group_of[p.origin])
    together = Counter(groups)
    rightly = Counter((g, p.origin) for p, g in zip(posts, groups, strict=True))
    figures = {f"recall, {kind}": found[kind] / planted[kind] for kind in CHANGES}
    figures["precision"] = _pairs(rightly) / max(_pairs(together), 1)
    return {name: round(figure, 4) for name, figure in figures.items()}


def _pairs(sizes: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    result = work()
    return result, round(time.process_time() - started, 2)


def run(rows: int, rival_rows: int) -> dict[str, Any]:
    posts = write_posts(rows)
    texts = [post.text for post in posts]
    few, few_texts = posts[:rival_rows], texts[:rival_rows]
    near_duplicate_groups(texts[:100])
    _, key_s = timed(lambda: [text_key(text) for text in texts])
    _, half_s = timed(lambda: near_duplicate_groups(texts[: rows // 2]))
    groups, cpu_s = timed(lambda: near_duplicate_groups(texts).tolist())
    ours, ours_s = timed(lambda: near_duplicate_groups(few_texts).tolist())
    theirs, theirs_s = timed(lambda: datasketch_groups(few_texts))
    return {
        "rows": rows,
        "mean characters": round(sum(map(len, texts)) / rows),
        "text_key, texts/s": round(rows / key_s),
        "CPU seconds": cpu_s,
        "CPU seconds, half of the rows": half_s,
        "groups": max(groups) + 1,
        **quality(posts, groups),
        "rival rows": len(few),
        "ours on them": {"CPU seconds": ours_s, **quality(few, ours)},
        "datasketch on them": {"CPU seconds": theirs_s, **quality(few, theirs)},
        "times faster": round(theirs_s / ours_s, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rival-rows", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = run(arguments.rows, arguments.rival_rows)
    if arguments.json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    for name, figure in figures.items():
        print(f"{name:<32} {figure}")


if __name__ == "__main__":
    main()
