"""Refusals of what staff and administrators do: review, imports, versions."""

from otklik.serving.problem_cases import Case, Words

DESK_CASES: dict[str, Case] = {
    "claim_ended": Case(
        409,
        Words(
            "Сообщение больше не за вами",
            "Срок истёк, сообщение уже разобрано или передано другому.",
            "Возьмите сообщение заново; если его нет в очереди, оно разобрано.",
        ),
        Words(
            "Claim ended",
            "Its time is over, the message was labelled, or another one holds it.",
            "Claim it anew; what is no longer in the queue has been labelled.",
        ),
    ),
}
