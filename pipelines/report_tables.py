"""The tables of a report, every cell a fact."""

from otklik.pipelines.fact_base import quoted
from otklik.pipelines.facts import Fact, FactBook, Kind
from otklik.pipelines.report_blocks import Line, Table, told, words
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.week_counts import CITY

ROWS = 15
_LABELS = {
    "received": "Поступило",
    "answered": "Дано первых ответов",
    "due": "Истёк срок ответа",
    "late": "из них без ответа в срок",
    "overdue": "Ждут ответа дольше срока на конец недели",
}
_COMPARED = ("received", "answered", "late")
CHANGES = {
    "born": "новая",
    "grown": "растёт",
    "closed": "закрыта",
    "reopened": "открыта вновь",
}


def key_table(scope: Scope) -> Table:
    """The main numbers against what was expected."""
    rows, marks = [], set()
    for place, (name, label) in enumerate(_LABELS.items()):
        compared = name in _COMPARED
        expected = told(scope.expected(name)) if compared else words("—")
        verdict = words(scope.verdict(name) if compared else "—")
        rows.append((words(label), told(scope.observed(name)), expected, verdict))
        if compared and scope.is_above(name):
            marks.add(place)
    columns = ("Показатель", "За неделю", "Ожидалось (интервал)", "Вывод")
    return Table("key", "Главные числа", columns, rows, frozenset({0, 3}), frozenset(marks))


def group_table(scope: Scope) -> Table:
    """Sectors of the city; their messages must make up those of the city."""
    names = scope.evidence.rows(
        "SELECT scope, verdict = 'above' FROM indicators "
        "WHERE name = 'received' AND scope <> '' ORDER BY observed DESC, scope"
    )
    rows, marks, parts = [], set(), []
    for place, (name, above) in enumerate(names):
        part = Scope(scope.book, scope.week, str(name))
        title = scope.book.text(f"SELECT scope FROM indicators WHERE scope = {quoted(str(name))}")
        parts.append(part.observed("received"))
        rows.append(
            (
                told(title),
                told(parts[-1]),
                told(part.expected("received")),
                told(part.observed("late")),
                told(part.expected("late")),
            )
        )
        if above:
            marks.add(place)
    scope.book.must_sum(scope.observed("received"), parts, "messages by sector")
    columns = ("Отрасль", "Поступило", "Ожидалось", "Без ответа в срок", "Ожидалось без ответа")
    return Table("groups", "Отрасли", columns, rows, marks=frozenset(marks))


def topic_table(scope: Scope, most: int = ROWS) -> Table:
    """Topics of the week, those with the most messages above expectation first."""
    # In the whole city single messages are only noise.
    condition = f"{scope.inside}observed > {int(scope.scope == CITY)}"
    keys = scope.evidence.rows(
        f'SELECT "group", topic, rise FROM topics WHERE {condition} '
        f'ORDER BY rise DESC, excess DESC, observed DESC, "group", topic LIMIT {most}'
    )
    rows, marks = [], set()
    for place, (group, topic, rise) in enumerate(keys):
        key = f'"group" = {quoted(str(group))} AND topic = {quoted(str(topic))}'
        rows.append(tuple(map(told, _counted(scope, "topics", key))))
        if rise:
            marks.add(place)
    columns = ("Тема", "Поступило", "Ожидалось", "Сверх ожидаемого", "Авторов")
    return Table("topics", "Темы", columns, rows, marks=frozenset(marks))


def problem_table(scope: Scope, most: int = ROWS) -> Table:
    """Problems that the week has changed, those with the most messages of the week first."""
    week = f"(SELECT id FROM messages WHERE week = {scope.name})"
    keys = scope.evidence.rows(
        "SELECT p.number, count(m.message_id) AS amount FROM problems p "
        f"LEFT JOIN problem_messages m ON m.number = p.number AND m.message_id IN {week} "
        f"WHERE {_of_problem(scope)} GROUP BY p.number "
        f"HAVING amount > 0 OR p.change IS NOT NULL ORDER BY amount DESC, p.number LIMIT {most}"
    )
    rows = [_problem_row(scope, int(number or 0), week) for number, _ in keys]
    columns = ("Проблема", "№", "Что с ней", "За неделю", "Всего", "С какого дня", "Исполнитель")
    return Table("problems", "Проблемы", columns, rows, frozenset({0, 2, 6}))


def incident_table(scope: Scope, most: int = ROWS) -> Table:
    """Mass incidents of the week."""
    week = f"SELECT id FROM messages WHERE week = {scope.name}"
    touched = f"SELECT incident FROM incident_messages WHERE message_id IN ({week})"
    keys = scope.evidence.rows(
        f"SELECT incident FROM incidents WHERE {scope.inside}incident IN ({touched}) "
        f"ORDER BY starts_at, incident LIMIT {most}"
    )
    rows = []
    for (incident,) in keys:
        row = f"incident = {incident}"
        ids = f"SELECT message_id FROM incident_messages WHERE {row} AND message_id IN ({week})"
        amount = scope.book.count(f"SELECT count(DISTINCT message_id) FROM ({ids})", ids)
        name, place, state = (
            scope.book.text(f"SELECT {column} FROM incidents WHERE {row}", ids)
            for column in ("name", "place", "state")
        )
        day = scope.book.fact(Kind.DATE, f"SELECT starts_at FROM incidents WHERE {row}", ids)
        rows.append(tuple(map(told, (name, place, day, amount, state))))
    columns = ("Происшествие", "Где", "Началось", "Сообщений", "Состояние")
    return Table("incidents", "Массовые происшествия", columns, rows, frozenset({0, 1, 4}))


def vote_table(scope: Scope) -> Table:
    """Questions for polls, the best first, each rank with its interval."""
    book, rows = scope.book, []
    for (rank,) in scope.evidence.rows("SELECT rank FROM votes ORDER BY rank"):
        row, ids = f"FROM votes WHERE rank = {rank}", f"vote_messages WHERE rank = {rank}"
        behind = f"SELECT message_id FROM {ids}"
        found = (
            book.text(f"SELECT question {row}", behind),
            book.fact(Kind.EXPECTED, f"SELECT rank, low, high {row}", behind),
            book.number(f"SELECT authors {row}", behind),
            book.count(f"SELECT count(*) FROM {ids}", behind),
        )
        rows.append(tuple(map(told, found)))
    columns = ("Вопрос (черновик)", "Место (промежуток)", "Людей", "Сообщений")
    return Table("votes", "Вопросы для опросов и голосований", columns, rows)


def tone_table(scope: Scope) -> Table:
    """Tone of the week's messages."""
    names = {"negative": "недовольство", "neutral": "нейтральные", "positive": "одобрение"}
    keys = scope.evidence.rows(
        f"SELECT sentiment FROM tones WHERE scope = {quoted(scope.scope)} ORDER BY sentiment"
    )
    rows = []
    for (sentiment,) in keys:
        tone = quoted(str(sentiment))
        amount = scope.book.count(
            f"SELECT observed FROM tones WHERE scope = {quoted(scope.scope)} "
            f"AND sentiment = {tone}",
            f"SELECT id FROM messages WHERE {scope.where('received')} AND sentiment = {tone}",
        )
        rows.append((words(names.get(str(sentiment), str(sentiment))), told(amount)))
    return Table("tones", "Тональность", ("Тональность", "Сообщений"), rows)


def _counted(scope: Scope, table: str, key: str) -> tuple[Fact, ...]:
    """Topic, observed, expected, excess, authors of a row of `topics` or `cells`."""
    book: FactBook = scope.book
    ids = f"SELECT id FROM messages WHERE week = {scope.name} AND {key}"
    past = f"SELECT id FROM messages WHERE {scope.past()} AND {key}"
    row = f"FROM {table} WHERE {key}"
    return (
        book.text(f"SELECT topic {row}", ids),
        book.count(f"SELECT observed {row}", ids),
        book.fact(Kind.EXPECTED, f"SELECT expected, low, high {row}", past),
        book.fact(Kind.CHANGE, f"SELECT excess {row}", ids),
        book.number(f"SELECT authors {row}", ids),
    )


def _of_problem(scope: Scope) -> str:
    return "1" if scope.scope == CITY else f'p."group" = {quoted(scope.scope)}'


def _problem_row(scope: Scope, number: int, week: str) -> tuple[Line, ...]:
    row, members = (
        f"FROM problems WHERE number = {number}",
        f"problem_messages WHERE number = {number}",
    )
    ids = f"SELECT message_id FROM {members}"
    book = scope.book
    (change,) = scope.evidence.row(f"SELECT change {row}")
    now = f"{members} AND message_id IN {week}"
    return (
        told(book.text(f"SELECT name {row}", ids)),
        told(book.number(f"SELECT number {row}", ids)),
        words(CHANGES.get(str(change), "без изменений")),
        told(book.count(f"SELECT count(*) FROM {now}", f"SELECT message_id FROM {now}")),
        told(book.count(f"SELECT count(*) FROM {members}", ids)),
        told(book.fact(Kind.DATE, f"SELECT first_at {row}", ids)),
        told(book.text(f"SELECT recipient {row}", ids)),
    )
