"""Every refusal the service knows: stable code, status, and its words in Russian and English."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["ru", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads: a title, the details (a template), and what to do."""

    title: str
    detail: str
    action: str


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of refusal; its code never changes."""

    status: int
    ru: Words
    en: Words

    def words(self, language: Language) -> Words:
        """Words in a language."""
        return self.ru if language == "ru" else self.en


CASES: dict[str, Case] = {
    "bad_json": Case(
        400,
        Words("Тело не разобрано", "Тело запроса — не JSON в UTF-8.", "Исправьте тело запроса."),
        Words("Unreadable body", "The body is not JSON in UTF-8.", "Correct the body."),
    ),
    "no_key": Case(
        401,
        Words(
            "Нужен ключ",
            "Запрос пришёл без ключа.",
            "Передайте заголовок «Authorization: Bearer КЛЮЧ»; ключ выдаёт администратор.",
        ),
        Words(
            "Key required",
            "The request carries no key.",
            "Send «Authorization: Bearer KEY»; `otklik key add` makes one.",
        ),
    ),
    "bad_key": Case(
        401,
        Words(
            "Ключ не действует",
            "Ключ неизвестен, отозван или просрочен.",
            "Получите новый ключ у администратора.",
        ),
        Words(
            "Key not valid",
            "The key is unknown, revoked or expired.",
            "Ask the administrator for a new one (`otklik key add`).",
        ),
    ),
    "no_scope": Case(
        403,
        Words(
            "Не хватает прав",
            "Ключу не дано право «{scope}».",
            "Запросите ключ с этим правом.",
        ),
        Words("Not permitted", "The key lacks the scope «{scope}».", "Ask for a key that has it."),
    ),
    "not_found": Case(
        404,
        Words("Не найдено", "Такого здесь нет: {what}.", "Проверьте адрес и номер."),
        Words("Not found", "Nothing here: {what}.", "Check the address and the number."),
    ),
    "method_not_allowed": Case(
        405,
        Words("Метод не подходит", "Метод {method} здесь не принят.", "См. /openapi.json."),
        Words("Method not allowed", "{method} is not taken here.", "See /openapi.json."),
    ),
    "slow_body": Case(
        408,
        Words("Слишком медленно", "Тело не пришло за {seconds} с.", "Повторите запрос."),
        Words("Too slow", "The body did not come within {seconds} s.", "Repeat the request."),
    ),
    "body_too_large": Case(
        413,
        Words(
            "Слишком большое тело",
            "Принимается не больше {limit} байт.",
            "Разделите запрос на несколько.",
        ),
        Words("Body too large", "At most {limit} bytes are taken.", "Split the request."),
    ),
    "content_type": Case(
        415,
        Words(
            "Тип не подходит",
            "Принимается только application/json.",
            "Укажите заголовок «Content-Type: application/json».",
        ),
        Words(
            "Unsupported type",
            "Only application/json is taken.",
            "Send «Content-Type: application/json».",
        ),
    ),
    "invalid": Case(
        422,
        Words("Запрос не подходит", "{message}", "Исправьте поле и повторите запрос."),
        Words("Invalid request", "{message}", "Correct the field and repeat the request."),
    ),
    "text_too_long": Case(
        422,
        Words(
            "Слишком длинный текст",
            "Знаков {given}, принимается не больше {limit}.",
            "Сократите текст.",
        ),
        Words(
            "Text too long", "{given} characters, at most {limit} are taken.", "Shorten the text."
        ),
    ),
    "overloaded": Case(
        429,
        Words(
            "Очередь полна",
            "Сообщение не успеет дождаться ответа.",
            "Повторите через {seconds} с (заголовок Retry-After).",
        ),
        Words(
            "Overloaded",
            "The message would not be answered in time.",
            "Repeat after {seconds} s (header Retry-After).",
        ),
    ),
    "rate_limited": Case(
        429,
        Words(
            "Слишком часто",
            "Ключу разрешено {limit} сообщений в минуту.",
            "Повторите через {seconds} с (заголовок Retry-After).",
        ),
        Words(
            "Too often",
            "The key may send {limit} messages a minute.",
            "Repeat after {seconds} s (header Retry-After).",
        ),
    ),
    "fault": Case(
        500,
        Words(
            "Сбой сервиса",
            "Запрос не выполнен; номер сбоя {fault}.",
            "Сообщите номер администратору.",
        ),
        Words(
            "Fault of the service",
            "The request failed; fault {fault}.",
            "Tell the number to the administrator.",
        ),
    ),
    "not_ready": Case(
        503,
        Words(
            "Модель не загружена",
            "Отвечать ещё некому: модель загружается.",
            "Повторите позже; если так и останется, причина — в журнале сервиса.",
        ),
        Words(
            "No model yet",
            "Nothing can answer yet: the model is being loaded.",
            "Repeat later; if it stays so, the service's log has the cause.",
        ),
    ),
    "store_refused": Case(
        503,
        Words(
            "Хранилище не отвечает",
            "База данных отказала; ничего не сохранено.",
            "Повторите позже; причина — в журнале сервиса.",
        ),
        Words(
            "Store refused",
            "The database refused; nothing was stored.",
            "Repeat later; the service's log has the cause.",
        ),
    ),
}
