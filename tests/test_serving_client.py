"""The client: typed answers, pages, repetitions that do no harm."""

import httpx2 as httpx
import pytest
from calling import running, use_var
from registering import TOPICS, write_tiny

from otklik.serving.admin_client import AdminClient
from otklik.serving.client import Client, Refused
from otklik.serving.message_schemas import LabelIn, StoreIn
from otklik.serving.official_schemas import OfficialIn
from otklik.serving.review_schemas import ClaimIn


class Through(httpx.BaseTransport):
    """Sends requests into the process; loses or replaces the first answers, as told."""

    def __init__(self, inner, *faults):
        self.inner, self.faults, self.asked = inner, list(faults), 0

    def handle_request(self, request):
        self.asked += 1
        done = self.inner.handle_request(request)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "lost":
            raise httpx.ReadError("the answer is lost", request=request)
        return fault or done


def problem(status, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"code": "overloaded", "detail": "…"}, headers=named)


@pytest.fixture(scope="module")
def inner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var")
    write_tiny(folder / "models" / "default")
    with pytest.MonkeyPatch.context() as patch:
        use_var(patch, folder)
        with running() as client:
            yield client._transport


def client(inner, *faults, **given):
    waits = []
    through = Through(inner, *faults)
    made = Client("http://127.0.0.1", transport=through, sleep=waits.append, **given)
    return made, through, waits


def test_a_conversation(inner):
    otklik, _, waits = client(inner)
    with otklik:
        answers = otklik.classify([f"фонарь плохо {n}" for n in range(300)], top=1)
        assert len(answers) == 300
        assert all(len(one.heads["mood"]) == 1 for one in answers)
        stored = [
            otklik.store(StoreIn(source="im", id=f"{n:06d}", kind="сообщение", text="фонарь"))
            for n in range(60)
        ]
        numbers = [one.message.id for one in stored]
        assert [one.id for one in otklik.messages(source="im")] == numbers
        labelled = otklik.label(numbers[3], LabelIn(code=TOPICS[1], reason="так вернее"))
        assert otklik.message(numbers[3]) == labelled
        assert labelled.labels[0].new == TOPICS[1]
        near = otklik.similar(numbers[3], limit=5)
        assert (near.compared, len(near.messages), near.messages[0].similarity) == (60, 5, 1)
        assert len(otklik.similar_to("фонарь", limit=7, least=0.5).messages) == 7
        assert otklik.models().champion is None
    assert waits == []


def test_a_patient_client_says_so(inner):
    asked = []

    class Listening(Through):
        def handle_request(self, request):
            asked.append(request.headers.get("prefer"))
            return super().handle_request(request)

    for wait_s in (None, 15):
        with Client("http://127.0.0.1", transport=Listening(inner), wait_s=wait_s) as otklik:
            otklik.classify(["фонарь"])
    assert asked == [None, "wait=15"]


def test_what_was_lost_is_sent_again_and_stored_once(inner):
    otklik, through, waits = client(inner, "lost", problem(503), problem(429, retry_after="3"))
    stored = otklik.store(StoreIn(source="pos", id="ПОС-1", kind="обращение", text="фонарь"))
    assert (stored.state, through.asked) == ("unchanged", 4)
    assert len(list(otklik.messages(source="pos"))) == 1
    assert 3 <= waits[2] <= 4


def test_a_shift_over_the_client(inner):
    otklik, _, _ = client(inner, None, None, "lost")
    stored = otklik.store(StoreIn(source="shift", id="1", kind="обращение", text="непонятное"))
    assert stored.message.prediction.action == "review"
    waiting = list(otklik.review(source="shift", limit=1))
    assert [one.message.id for one in waiting] == [stored.message.id]
    (held,) = otklik.claim(ClaimIn(source="shift"))
    assert held.message_id == stored.message.id  # once, though the first answer was lost
    assert otklik.renew(held.claim, 3600).until > held.until
    otklik.release(held.claim)
    with pytest.raises(Refused, match="claim_ended"):
        otklik.renew(held.claim)
    told = otklik.answer(OfficialIn(source="shift", id="1", text="Приняли в работу"))
    assert (told.state, told.message_id) == ("stored", stored.message.id)


def test_what_would_do_more_the_second_time_is_sent_once(inner, tmp_path):
    waits = []
    through = Through(inner, "lost")
    admin = AdminClient("http://127.0.0.1", transport=through, sleep=waits.append)
    with pytest.raises(Refused, match="unreachable"):
        admin.roll_back()
    assert (through.asked, waits) == (1, [])
    with pytest.raises(Refused, match="not_promoted"):
        admin.roll_back("otklik/7")
    with pytest.raises(Refused, match="not_offered"):
        admin.promote(3)
    export = tmp_path / "март.csv"
    export.write_text("a;b", encoding="utf-8")
    with pytest.raises(Refused, match="not_offered"):
        admin.import_file(export, "im")
    assert not admin.switch_automatic(on=False, reason="учения").on
    assert admin.switch_automatic(on=True, reason="закончены").on


def test_a_refusal_that_time_does_not_cure_is_not_repeated(inner):
    otklik, through, waits = client(inner, language="en")
    with pytest.raises(Refused, match="404 not_found: Nothing here: message 999"):
        otklik.message(999)
    assert (through.asked, waits) == (1, [])


def test_in_the_end_the_client_gives_up(inner):
    otklik, through, waits = client(inner, *["lost"] * 9, attempts=3)
    with pytest.raises(Refused) as refused:
        otklik.models()
    assert refused.value.code == "unreachable"
    assert (through.asked, len(waits)) == (3, 2)
