"""Words that announce a settlement, with the gender its adjective takes."""

_FORMS = {
    "masc": (
        "г гор город города городу городом городе п пос поселок поселка поселку поселком поселке "
        "пгт рп х хутор хутора хуторе аул аула ауле городок городка городке"
    ),
    "neut": "с село села селу селом селе снт днт тсн",
    "femn": "д дер деревня деревни деревне деревню деревней ст-ца станица станицы станице станицу",
}
SETTLEMENT_TYPES: dict[str, str] = {
    form: gender for gender, forms in _FORMS.items() for form in forms.split()
}
# One letter is also a preposition or «дом»: only a full stop or a capital makes it a type.
AMBIGUOUS = frozenset({"г", "с", "п", "х", "д"})
GARDENS = frozenset({"снт", "днт", "тсн"})
