"""Refusals of what staff and administrators do: review, imports, versions."""

from otklik.serving.problem_cases import Case, Words

DESK_CASES: dict[str, Case] = {
    "overtaken": Case(
        409,
        Words(
            "Событие устарело",
            "О том же сообщении уже доставлено или доставляется более позднее событие.",
            "Ничего делать не нужно: получатель знает последнее решение.",
        ),
        Words(
            "Event overtaken",
            "A later event of the same message was delivered, or is on its way.",
            "Nothing has to be done: the receiver knows the last decision.",
        ),
    ),
    "no_vectors": Case(
        409,
        Words(
            "Сравнивать не с чем",
            "В хранилище нет векторов той модели, которая отвечает.",
            "Они появляются с новыми сообщениями; для прежних выполните `otklik weekly`.",
        ),
        Words(
            "Nothing to compare with",
            "The store has no vectors of the model that answers.",
            "They come with new messages; `otklik weekly` makes those of earlier ones.",
        ),
    ),
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
    "bad_upload": Case(
        400,
        Words(
            "Файл не найден в запросе",
            "Форма не разобрана или в ней нет части «file».",
            "Передайте файл телом запроса или частью «file» формы multipart/form-data.",
        ),
        Words(
            "No file in the request",
            "The form cannot be read, or has no part «file».",
            "Send the file as the body, or as the part «file» of multipart/form-data.",
        ),
    ),
    "upload_type": Case(
        415,
        Words(
            "Тип не подходит",
            "Файл такого типа не принимается.",
            "Укажите Content-Type: text/csv, application/octet-stream или multipart/form-data.",
        ),
        Words(
            "Unsupported type",
            "A file of this type is not taken.",
            "Send Content-Type: text/csv, application/octet-stream or multipart/form-data.",
        ),
    ),
    "import_refused": Case(
        422,
        Words(
            "Файл не принят",
            "{message}",
            "Исправьте файл или выберите другой вид выгрузки (as); принятые строки сохранены.",
        ),
        Words(
            "File refused",
            "{message}",
            "Correct the file, or choose another preset (as); rows that were taken are stored.",
        ),
    ),
    "import_busy": Case(
        429,
        Words(
            "Идёт другая загрузка",
            "Файлы загружаются по одному.",
            "Повторите через {seconds} с (заголовок Retry-After).",
        ),
        Words(
            "Another import runs",
            "Files are imported one at a time.",
            "Repeat after {seconds} s (header Retry-After).",
        ),
    ),
    "not_offered": Case(
        501,
        Words(
            "Здесь это не делается",
            "Сервис запущен без этой возможности.",
            "Запустите сервис командой `otklik serve` или выполните это командой `otklik`.",
        ),
        Words(
            "Not offered here",
            "The service was started without it.",
            "Start it with `otklik serve`, or do it with the command `otklik`.",
        ),
    ),
    "not_promoted": Case(
        409,
        Words(
            "Версия не сменилась",
            "{message}",
            "Список версий — GET /v1/models; закрытые проверки можно обойти, указав reason.",
        ),
        Words(
            "Nothing was promoted",
            "{message}",
            "GET /v1/models lists the versions; closed gates are overruled by a reason.",
        ),
    ),
    "registry_refused": Case(
        503,
        Words(
            "Реестр моделей отказал",
            "Журнал версий или файлы прежней версии повреждены; ничего не изменено.",
            "Причина — в журнале сервиса.",
        ),
        Words(
            "The registry refused",
            "Its history or the files of the version are broken; nothing was changed.",
            "The service's log has the cause.",
        ),
    ),
}
