"""Capitals and greetings say nothing of what a text is about; everything else stays."""

import numpy as np
import pytest
from checkpoints import make_bert

from otklik.models.dress import quiet, ungreeted


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("НЕТ ВОДЫ", "Нет воды"),
        ("НЕТ ВОДЫ! КОГДА ДАДУТ?\nЖДЁМ", "Нет воды! Когда дадут?\nЖдём"),
        ("ЗВОНИЛА [ФИО], МОЛЧАТ", "Звонила [ФИО], молчат"),
        ("[ФИО], ГДЕ АВТОБУС", "[ФИО], где автобус"),
        ("ЖКХ", "ЖКХ"),
        ("ГИБДД!!!", "ГИБДД!!!"),
        ("Вызвали МЧС, ГИБДД и МВД", "Вызвали МЧС, ГИБДД и МВД"),
        ("нет воды", "нет воды"),
        ("Нет воды НИКОГДА у нас", "Нет воды НИКОГДА у нас"),
        ("12345 !!!", "12345 !!!"),
        ("", ""),
    ],
)
def test_what_is_shouted_is_read_quietly(text, read):
    assert quiet(text) == read
    assert quiet(read) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Добрый день! Когда починят лифт?", "Когда починят лифт?"),
        ("здравствуйте,  здравствуйте, нет света вторые сутки", "нет света вторые сутки"),
        ("Всем привет 👋 яма на Садовой так и стоит", "яма на Садовой так и стоит"),
        ("ДОБРОГО ВРЕМЕНИ СУТОК. НЕТ ВОДЫ С УТРА", "НЕТ ВОДЫ С УТРА"),
        ("Добрый день, [ФИО]! Когда починят лифт?", "[ФИО]! Когда починят лифт?"),
        ("Здравствуйте!", "Здравствуйте!"),
        ("Добрый день, спасибо!", "Добрый день, спасибо!"),
        ("Доброе дело вы сделали для двора", "Доброе дело вы сделали для двора"),
        ("Приветливый водитель на маршруте", "Приветливый водитель на маршруте"),
        ("Яма у школы, здравствуйте", "Яма у школы, здравствуйте"),
        ("", ""),
    ],
)
def test_a_greeting_is_taken_off_where_something_is_said_behind_it(text, read):
    assert ungreeted(text) == read


def test_dressed_texts_have_the_vector_of_the_plain_one(tmp_path):
    from otklik.models.tokens import Tokens

    make_bert(tmp_path)
    tokens = Tokens(tmp_path / "tokenizer.json")
    plain = tokens(["Нет воды в доме"])[0]
    assert tokens(["НЕТ ВОДЫ В ДОМЕ"])[0] == plain
    assert tokens(["Добрый день! Нет воды в доме"])[0] == plain


def test_n_grams_do_not_hear_a_greeting():
    from otklik.models.lexical import LexicalHasher
    from otklik.models.lexical_table import make_table

    texts = ["Нет воды в доме", "Яма на дороге"]
    hasher = LexicalHasher(word_bits=8, char_bits=8).fit(texts)
    table = make_table(hasher, np.arange(512), np.eye(512, 4, dtype=np.float32))
    greeted = table.transform([f"Добрый день! {text}" for text in texts])
    assert np.array_equal(greeted, table.transform(texts))
