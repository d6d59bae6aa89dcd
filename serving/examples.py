"""Examples of the interface's pages, in Russian with English summaries."""

from typing import Any

MESSAGE: dict[str, Any] = {
    "text": "На Сайханова 112 третий день нет воды, звонил в водоканал — не отвечают. "
    "Ислам Ахмадов, 8 928 000-11-22",
    "id": "800123",
    "source": "im",
}
BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Одно сообщение",
        "description": "Личные данные в ответе закрыты, ничего не сохраняется.",
        "value": MESSAGE,
    },
    "en": {
        "summary": "Several messages",
        "description": "Up to 256 at once; answers come in the same order.",
        "value": {
            "messages": [
                {"text": "Возле садика открытый люк, дети ходят!", "id": "1"},
                {"text": "Спасибо, что починили фонари в парке", "id": "2"},
            ]
        },
    },
}
_TOPIC = {"code": "utilities.no_water", "name": "Нет воды", "probability": 0.91}
ANSWER: dict[str, Any] = {
    "id": "800123",
    "text": "На Сайханова 112 третий день нет воды, звонил в водоканал — не отвечают. "
    "[ФИО], [ТЕЛЕФОН]",
    "entities": [
        {"kind": "ФИО", "placeholder": "[ФИО]", "start": 73, "stop": 78},
        {"kind": "ТЕЛЕФОН", "placeholder": "[ТЕЛЕФОН]", "start": 80, "stop": 89},
    ],
    "places": [
        {
            "kind": "улица",
            "name": "улица Сайханова",
            "house": "112",
            "district": None,
            "known": True,
            "start": 3,
            "stop": 16,
        }
    ],
    "place": {
        "region": None,
        "municipality": None,
        "settlement": None,
        "district": None,
        "street": "улица Сайханова",
        "house": "112",
        "asset": None,
        "latitude": None,
        "longitude": None,
    },
    "heads": {"im_2026": [_TOPIC]},
    "prediction_set": {"head": "im_2026", "labels": [_TOPIC], "probability": 0.91, "coverage": 0.9},
    "sentiment": {"code": "negative", "name": "negative", "probability": 0.84},
    "utterance": {"kind": "жалоба", "words": ["третий день", "не отвечают"]},
    "importance": {"value": 4, "topic": 4, "reasons": []},
    "direction": {
        "recipients": ["water", "housing"],
        "reason": "grozny.toml, строка 26: водоканал",
        "deadline": "2026-03-16T18:00:00+03:00",
        "basis": "уточнить у заказчика",
    },
    "decision": {
        "action": "auto",
        "reason": "тема: уверенность 0,91 не ниже порога 0,85 для ошибки 5 %",
        "head": "im_2026",
        "label": _TOPIC,
    },
    "explanation": None,
    "model": {"name": "otklik/3", "version": "0123456789abcdef"},
    "rubricator": "im-2026",
    "latency_ms": 21.4,
}
