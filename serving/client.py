"""Clients of the interface: typed, patient, and safe to repeat."""

import secrets
from collections.abc import Iterator, Sequence

from otklik.serving.asking import Asking, Refused
from otklik.serving.message_schemas import (
    LabelIn,
    MessageOut,
    PageOut,
    StoredOut,
    StoreIn,
)
from otklik.serving.model_schemas import ModelsOut
from otklik.serving.official_schemas import OfficialIn, OfficialOut
from otklik.serving.review_schemas import (
    LEASE_S,
    ClaimedItem,
    ClaimIn,
    ClaimOut,
    ClaimsOut,
    RenewIn,
    ReviewItem,
    ReviewOut,
)
from otklik.serving.schemas import MOST_MESSAGES, AnswerOut, AnswersOut, BatchIn, MessageIn
from otklik.serving.similar_schemas import SimilarIn, SimilarOut

__all__ = ["Client", "Refused"]


class Client(Asking):
    """Asks the service; every request may be repeated without harm, and is.

    Refusals for want of room (429) and of a service (502 to 504) are repeated after the time that
    the service names, lost connections after a growing one.

    Parameters are those of `otklik.serving.asking.Asking`.

    Examples
    --------
    >>> with Client("http://127.0.0.1:8080") as otklik:  # doctest: +SKIP
    ...     (answer,) = otklik.classify(["На Сайханова 112 третий день нет воды"])
    ...     print(answer.decision.action, answer.place.street)
    auto улица Сайханова
    """

    def classify(
        self, messages: Sequence[MessageIn | str], *, top: int = 3, explain: bool = False
    ) -> list[AnswerOut]:
        """Answers to any number of messages, in order; nothing is stored.

        Raises
        ------
        Refused
        """
        given = [MessageIn(text=one) if isinstance(one, str) else one for one in messages]
        answers: list[AnswerOut] = []
        for start in range(0, len(given), MOST_MESSAGES):
            body = BatchIn(messages=given[start : start + MOST_MESSAGES])
            query = {"top": top, "explain": explain}
            found = self.ask("POST", "/v1/classify", body.model_dump(mode="json"), query)
            answers += AnswersOut.model_validate_json(found).answers
        return answers

    def store(self, message: StoreIn) -> StoredOut:
        """Store and classify one message; when this returns, it is stored exactly once.

        Raises
        ------
        Refused
        """
        found = self.ask("POST", "/v1/messages", message.model_dump(mode="json"))
        return StoredOut.model_validate_json(found)

    def message(self, message_id: int) -> MessageOut:
        """A stored message by its number.

        Raises
        ------
        Refused
        """
        return MessageOut.model_validate_json(self.ask("GET", f"/v1/messages/{message_id}"))

    def messages(self, **filters: str | bool) -> Iterator[MessageOut]:
        """Stored messages in the order of acceptance; `source`, `kind`, `district`, `since`, ….

        Raises
        ------
        Refused
        """
        cursor: str | None = "0"
        while cursor is not None:
            found = self.ask("GET", "/v1/messages", query={**filters, "cursor": cursor})
            page = PageOut.model_validate_json(found)
            yield from page.messages
            cursor = page.cursor

    def similar(self, message_id: int, *, limit: int = 10, least: float = 0.0) -> SimilarOut:
        """Stored messages nearest to a stored one.

        Raises
        ------
        Refused
            `no_vectors`
        """
        query: dict[str, str | int | bool] = {"id": message_id, "limit": limit, "least": str(least)}
        return SimilarOut.model_validate_json(self.ask("GET", "/v1/similar", query=query))

    def similar_to(self, text: str, *, limit: int = 10, least: float = 0.0) -> SimilarOut:
        """Stored messages nearest to a text, which is not stored.

        Raises
        ------
        Refused
            `no_vectors`
        """
        body = SimilarIn(text=text, limit=limit, least=least).model_dump(mode="json")
        return SimilarOut.model_validate_json(self.ask("POST", "/v1/similar", body))

    def label(self, message_id: int, label: LabelIn) -> MessageOut:
        """Correct a message; the same word again adds nothing.

        Raises
        ------
        Refused
        """
        path = f"/v1/messages/{message_id}/labels"
        return MessageOut.model_validate_json(self.ask("POST", path, label.model_dump(mode="json")))

    def answer(self, official: OfficialIn) -> OfficialOut:
        """Store an official answer to a message; the same one again adds nothing.

        Raises
        ------
        Refused
        """
        found = self.ask("POST", "/v1/answers", official.model_dump(mode="json"))
        return OfficialOut.model_validate_json(found)

    def review(self, **filters: str | int | bool) -> Iterator[ReviewItem]:
        """What waits for a person, in order; `source`, `district`, `free`, `purpose`, ….

        Raises
        ------
        Refused
        """
        cursor: str | None = None
        while True:
            where = {} if cursor is None else {"cursor": cursor}
            found = self.ask("GET", "/v1/review", query={**filters, **where})
            page = ReviewOut.model_validate_json(found)
            yield from page.items
            cursor = page.cursor
            if cursor is None:
                return

    def claim(self, wanted: ClaimIn | None = None) -> list[ClaimedItem]:
        """Take messages to review; a repetition for want of an answer takes nothing more.

        Raises
        ------
        Refused
        """
        wanted = wanted or ClaimIn()
        if wanted.id is None:
            wanted = wanted.model_copy(update={"id": secrets.token_hex(8)})
        found = self.ask("POST", "/v1/review/claims", wanted.model_dump(mode="json"))
        return ClaimsOut.model_validate_json(found).claims

    def renew(self, claim: str, lease_s: int = LEASE_S) -> ClaimOut:
        """Hold a message for so long from now on.

        Raises
        ------
        Refused
            `claim_ended`
        """
        body = RenewIn(lease_s=lease_s).model_dump(mode="json")
        return ClaimOut.model_validate_json(
            self.ask("POST", f"/v1/review/claims/{claim}/renew", body)
        )

    def release(self, claim: str) -> None:
        """Give a message back; of a claim that has ended nothing is changed.

        Raises
        ------
        Refused
        """
        self.ask("DELETE", f"/v1/review/claims/{claim}")

    def models(self) -> ModelsOut:
        """Which version answers, and which ones there are.

        Raises
        ------
        Refused
        """
        return ModelsOut.model_validate_json(self.ask("GET", "/v1/models"))
