"""A small made-up town: ordinary messages, to which tests add trouble."""

from datetime import UTC, datetime, timedelta
from random import Random

from otklik.datasets.records import GivenAnswer, Kind, Message, Place, SourceLabel
from otklik.pipelines.snapshot import snapshot_of_messages

START = datetime(2025, 1, 6, tzinfo=UTC)
WEEKS = 36
STREETS = [f"улица {name}" for name in (
    "Новая", "Лесная", "Речная", "Горная", "Садовая", "Полевая", "Мостовая", "Тихая", "Дальняя",
    "Весенняя", "Заречная", "Степная", "Школьная", "Луговая", "Южная", "Северная", "Восточная",
    "Западная", "Зелёная", "Ясная", "Песчаная", "Тенистая", "Крайняя", "Верхняя",
)]  # fmt: skip
TOPICS = {
    "Нет воды": "Водоканал", "Аварии на водопроводе": "Водоканал", "Качество воды": "Водоканал",
    "Отопление": "Теплосеть", "Отопительный сезон": "Теплосеть", "Перерасчёт": "Теплосеть",
    "Ямы": "Дорожная служба", "Разметка": "Дорожная служба", "Знаки": "Дорожная служба",
}  # fmt: skip
WORDS = ("стоит", "давно", "плохо", "снова", "опять", "никто", "совсем")
CLAIM = "Это из-за гнилых труб."


class Town:
    """Ordinary messages of a small town, to which tests add trouble."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.messages: list[Message] = []
        for topic in TOPICS:
            for street in STREETS:
                for week in range(WEEKS):
                    if self.chance.random() < 0.15:
                        self.write(topic, street, week)

    def write(
        self, topic, street, week, *, house=None, author=None, hours=None, text=None, said=""
    ):
        number = len(self.messages)
        house = house or str(self.chance.randint(1, 60))
        at = START + timedelta(weeks=week, hours=self.chance.uniform(0, 160))
        words = " ".join(self.chance.sample(WORDS, 3))
        self.messages.append(
            Message(
                source="im",
                external_id=f"T-{number}",
                kind=Kind.MESSAGE,
                text=(text or f"{topic}: {street}, {house}, номер {number}, {words}.") + said,
                posted_at=START + timedelta(weeks=week, hours=hours) if hours else at,
                author=author or f"author {number}",
                place=Place(
                    settlement="Город",
                    district="Левый" if STREETS.index(street) < 12 else "Правый",
                    street=street,
                    house=house,
                ),
                labels=(
                    SourceLabel("topic", topic, "im-2026"),
                    SourceLabel("recipient", TOPICS[topic]),
                ),
                answers=(GivenAnswer("Вопрос на контроле.", None, TOPICS[topic]),),
            )
        )

    def plant(self, topics, streets, weeks, often, *, claims=0.4):
        for topic in topics:
            for street in streets:
                for week in weeks:
                    if self.chance.random() < often:
                        said = f" {CLAIM}" if self.chance.random() < claims else ""
                        self.write(topic, street, week, said=said)

    def snapshot(self):
        ordered = sorted(self.messages, key=lambda one: (one.posted_at, one.external_id))
        return snapshot_of_messages(ordered)
