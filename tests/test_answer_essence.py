import pytest

from otklik.datasets.synthetic_city import make_city
from otklik.models.answer_essence import judge_answer

LINES = [
    ("Мусор вывезен 12.03.2025, контейнеры вымыты.", "done"),
    ("Работы по ремонту карниза на ул. Мира, д. 4 выполнены в полном объёме.", "done"),
    ("Проблема устранена. Приложение: фотография.", "done"),
    ("Яму засыпали? Нет: ямочные работы здесь будут выполнены до 15 мая.", "promised"),
    ("Двор включён в адресную программу на 2026 год.", "promised"),
    ("При осмотре протечек не выявлено.", "refused"),
    ("Показатели воды соответствуют требованиям, факты не подтвердились.", "refused"),
    ("Уточните, пожалуйста, номер дома.", "details"),
    ("Вопрос не входит в нашу компетенцию.", "redirected"),
    ("Обращение направлено по принадлежности в другое ведомство.", "redirected"),
    ("Проблема устранена.", "empty"),
    ("Спасибо за сигнал! Вопрос на контроле.", "empty"),
    ("Снег не убран.", "empty"),
    ("", "empty"),
]


@pytest.mark.parametrize(("text", "state"), LINES)
def test_state_of_an_answer(text, state):
    found = judge_answer(text)
    assert found.state == state
    assert found.full == (state in ("done", "promised", "refused"))
    assert found.words in text


def test_answers_of_a_made_up_city():
    """«false» claims what was not done: no words can tell."""
    city = make_city(9, 800)
    full = {"done", "promised", "refused"}
    judged = [
        (city.truth.qualities[message.external_id] in full, judge_answer(answer.text).full)
        for message in city.messages
        for answer in message.answers
        if city.truth.qualities.get(message.external_id, "false") != "false"
    ]
    assert len(judged) > 300
    assert sum(meant == found for meant, found in judged) / len(judged) > 0.98
