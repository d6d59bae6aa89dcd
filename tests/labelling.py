"""Stored messages with predictions, for tests of labelling."""

from datetime import timedelta

from intakes import START, make_intake

from otklik.datasets.records import Prediction

TEXTS = {
    1: "На улице Садовой открытый люк, упадёт кто-нибудь",
    2: "Когда дадут воду на Полярной?",
    3: "Во дворе яма, асфальт разбит у дома 4",
    4: "Во дворе яма, асфальт разбит у дома 5",
    5: "Откройте секцию плавания для малышей",
    6: "Фонтан у театра не работает",
}


def fill(store, texts=TEXTS):
    """Store messages; returns their ids by number."""
    run = store.begin_import("a.csv", "im", "hash")
    store.save([make_intake(number, text=text) for number, text in texts.items()], run_id=run)
    return {number: store.find("im", f"{number:06d}").id for number in texts}


def predict(message_id, *ranked, group=None, version="m1", minute=0, **heads):
    """One prediction; `ranked` are pairs of topic and probability, the best first."""
    group = group or ranked[0][0].split(".")[0]
    return Prediction(
        message_id=message_id,
        model_version=version,
        rubricator="im-2026",
        heads={"im_2026": ranked, "im_2026_group": ((group, 0.9),), **heads},
        prediction_set=(ranked[0][0],),
        decision="review",
        reason="",
        latency_ms=5.0,
        made_at=START + timedelta(minutes=minute),
    )


def answered(task):
    """A task as it comes back when its annotator agrees with the model."""
    annotation = {
        "completed_by": 7,
        "updated_at": "2025-03-02T12:00:00.000000Z",
        "result": task["predictions"][0]["result"],
    }
    return {"id": 1, "data": task["data"], "annotations": [annotation]}
