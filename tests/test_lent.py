"""What the command lends the service: it runs in a process of its own, and says why it does not."""

import asyncio

import pytest
from calling import use_var

from otklik.pipelines.lent import bring_in, make_app, promote
from otklik.serving.offers import Declined


def test_a_promotion_that_cannot_be_says_why(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    with pytest.raises(Declined, match=r"^otklik has no challenger\."):
        asyncio.run(promote(None, "", "Анна"))
    with pytest.raises(Declined, match="no version 3"):
        asyncio.run(promote(3, "потому что", "Анна"))


def test_an_import_that_the_store_refuses_is_told_from_a_bad_file(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    path = tmp_path / "март.csv"
    header = "Номер инцидента;Дата создания;Текст инцидента"
    path.write_text(f"{header}\n1;14.03.2026 10:00;Нет воды\n", encoding="utf-8")
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "sqlite:////dev/null/otklik.db")
    with pytest.raises(Declined) as declined:
        asyncio.run(bring_in(path, "im", dry_run=False))
    assert declined.value.store


def test_the_command_lends_all_there_is(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    monkeypatch.setenv("OTKLIK_SERVE_ROUTING", "false")
    offers = make_app().state.service.offers
    assert None not in (offers.bring_in, offers.promote, offers.mend)
