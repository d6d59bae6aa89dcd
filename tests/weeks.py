"""A small made-up week with every part that the other weekly work may give."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd

from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.snapshot import snapshot_of_messages
from otklik.pipelines.week import Week
from otklik.pipelines.week_input import WeekInput

ZONE = ZoneInfo("Europe/Moscow")
WEEK = Week.parse("2025-W20")
SURGE = 25
CONFIDENCE = "Уверенность: средняя — превышение доказано, но причину почти не называют."
GROUPS = ("Дороги", "ЖКХ", "Благоустройство")


def make_week(seed=5, messages=1500, *, parts=True, week=WEEK):
    """Week of a small city with a surge of one topic planted, as `WeekInput`."""
    snapshot = snapshot_of_messages(make_city(seed, messages).messages)
    # A report for each of a few sectors is enough.
    table = snapshot.table[snapshot.table["group"].isin(GROUPS)].copy()
    snapshot = replace(snapshot, table=table)
    start = pd.Timestamp(week.start(ZONE)).tz_convert("UTC")
    late = table.index[table["dated_at"] >= start][:SURGE]
    # The messages after the week's begin become a surge of one topic within it.
    table.loc[late, "dated_at"] = [start + pd.Timedelta(hours=5 * n) for n in range(len(late))]
    table.loc[late, ["group", "topic"]] = ["Дороги", "Ямы во дворах"]
    table.loc[late, "district"] = "Заречный"
    table["sentiment"] = ["negative" if number % 3 else "neutral" for number in table.index]
    table["latitude"] = 43.3 + 0.003 * (table.index % 17)
    table["longitude"] = 45.6 + 0.004 * (table.index % 23)
    due = table["dated_at"] + pd.Timedelta(days=1)
    return WeekInput(
        week=week,
        city="Примерск",
        zone=ZONE,
        snapshot=snapshot,
        parts=make_parts(list(late)) if parts else {},
        due_at=due,
        notes=("Город выдуман: все сообщения синтетические.",),
    )


def make_parts(ids):
    """Every optional part, about the messages of the surge."""
    problem = {
        "number": 17,
        "name": "Ямы на улице Буровой",
        "group": "Дороги",
        "topic": "Ямы во дворах",
        "district": "Заречный",
        "place": "улица Буровая, 4",
        "recipient": "МБУ «Дорожная служба Примерска»",
        "status": "open",
        "first_at": "2025-03-01T09:00:00+03:00",
        "last_at": "2025-05-16T09:00:00+03:00",
        "change": "reopened",
    }
    incident = {"incident": 1, "name": "Провал на дороге", "starts_at": "2025-05-12T05:00:00+03:00"}
    incident |= {name: problem[name] for name in ("group", "topic", "district", "place")}
    cause = {"cause": 3, "text": "общий источник — труба у ЦТП «Северная», размыв основания дороги"}
    cause |= {"starts_at": "2025-05-12", "expected": 4.2, "recipient": problem["recipient"]}
    members = {"message_id": ids}
    vote = {"rank": 1, "low": 1, "high": 3, "authors": 21}
    vote |= {name: problem[name] for name in ("topic", "group")}
    sentence = {"number": 17, "place": 1}
    return {
        "problems": pd.DataFrame([problem]),
        "problem_messages": pd.DataFrame({"number": 17, **members}),
        "passports": pd.DataFrame(
            [
                {**sentence, "section": "размер", "text": "Пишут 25 раз о ямах на одной улице."},
                {"number": 17, "place": 2, "section": "уверенность", "text": CONFIDENCE},
            ]
        ),
        "passport_messages": pd.DataFrame({**sentence, **members}),
        "claims": pd.DataFrame(
            {"side": "citizens", "cause_class": "погода", "title": "погода и природа", **members}
        ),
        "incidents": pd.DataFrame([{**incident, "state": "идёт"}]),
        "incident_messages": pd.DataFrame({"incident": 1, "message_id": ids[:9]}),
        "causes": pd.DataFrame([cause]),
        "votes": pd.DataFrame([{**vote, "question": "Что сделать с ямами во дворах?"}]),
        "vote_messages": pd.DataFrame({"rank": 1, **members}),
        "bursts": pd.DataFrame(
            [{"topic": "Ямы во дворах", "district": None, "flagged": 1, "q": 0.001}]
        ),
        "cause_messages": pd.DataFrame({"cause": 3, **members}),
        "routed": pd.DataFrame(
            {
                "message_id": ids,
                "decision": ["auto", "review"] * (len(ids) // 2) + ["auto"] * (len(ids) % 2),
                "predicted": "roads.yards",
                "corrected": ["roads.yards", None, "roads.potholes", None, None] * (len(ids) // 5),
            }
        ),
        "essence": pd.DataFrame({"message_id": ids, "full": [1, 0, 1, 1, 0] * (len(ids) // 5)}),
    }
