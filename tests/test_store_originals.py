"""Unmasked texts: nowhere by default; sealed, when the owner asks for them."""

import pytest
from cryptography.fernet import Fernet
from intakes import make_intake

from otklik.datasets.errors import BadSettings, StoreError
from otklik.datasets.originals import Originals
from otklik.datasets.settings import Settings
from otklik.datasets.store import Store, open_store

CANARY = "Канарейкин Пётр, +7 900 000-00-00"


def intake(original=CANARY):
    return make_intake(1, text="[ФИО], [ТЕЛЕФОН]", original=original)


def files_with_canary(folder):
    return [path for path in folder.rglob("*") if "Канарейкин".encode() in path.read_bytes()]


def test_originals_are_not_kept_unless_asked(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        store.save([intake()], run_id=store.begin_import("a", "im", "0"))
        assert files_with_canary(tmp_path) == []
        with pytest.raises(StoreError, match="OTKLIK_KEEP_ORIGINALS"):
            store.original(1, 1)


def test_originals_are_sealed_and_come_back_by_version(store_url, tmp_path):
    with Store(store_url, originals=Originals(Fernet.generate_key().decode())) as store:
        run_id = store.begin_import("a", "im", "0")
        store.save([intake()], run_id=run_id)
        store.save([make_intake(1, text="другое", original="второй")], run_id=run_id)
        assert [store.original(1, version) for version in (1, 2, 3)] == [CANARY, "второй", None]
        assert files_with_canary(tmp_path) == []


def test_message_without_original(store_url):
    with Store(store_url, originals=Originals(Fernet.generate_key().decode())) as store:
        store.save([intake(original=None)], run_id=store.begin_import("a", "im", "0"))
        assert store.original(1, 1) is None


def test_another_key_does_not_open(store_url):
    with Store(store_url, originals=Originals(Fernet.generate_key().decode())) as store:
        store.save([intake()], run_id=store.begin_import("a", "im", "0"))
    with (
        Store(store_url, originals=Originals(Fernet.generate_key().decode())) as store,
        pytest.raises(StoreError, match="another key"),
    ):
        store.original(1, 1)


def test_bad_key_is_refused_and_not_repeated():
    with pytest.raises(BadSettings, match="not a Fernet key") as caught:
        Originals("secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("keep", [True, False])
def test_settings_decide(tmp_path, keep):
    key = Fernet.generate_key().decode()
    settings = Settings(var=tmp_path, keep_originals=keep, originals_key=key)
    with open_store(settings) as store:
        store.save([intake()], run_id=store.begin_import("a", "im", "0"))
        if keep:
            assert store.original(1, 1) == CANARY
    assert (tmp_path / "otklik.db").is_file()
    assert files_with_canary(tmp_path) == []
