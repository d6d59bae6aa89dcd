"""The tables of a report, every cell a fact."""

from otklik.pipelines.fact_base import quoted
from otklik.pipelines.facts import Fact, FactBook, Kind
from otklik.pipelines.report_blocks import Line, Table, told, words
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.week_counts import CITY

ROWS = 10
_LABELS = {
    "received": "Поступило",
    "answered": "Дано первых ответов",
    "waiting": "Ждут ответа на конец недели",
    "waited": "То же неделей раньше",
    "due": "Истёк срок ответа",
    "late": "из них без ответа в срок",
    "overdue": "Ждут ответа дольше срока на конец недели",
}
_COMPARED = ("received", "answered", "late")
_OF_ANSWERS = ("answered", "waiting", "waited")
_OF_TERMS = ("due", "late", "overdue")
CHANGES = {
    "born": "новая",
    "grown": "растёт",
    "closed": "затихла",
    "reopened": "открыта вновь",
}
_TOPIC_VERDICTS = {
    "above": "выше обычного, возможно случайно",
    "below": "ниже обычного",
    "within": "как обычно",
    "few": "сообщений мало",
}
RISE = "рост"
NOWHERE = "не указано"


def key_table(scope: Scope) -> Table:
    """The main numbers against what was expected."""
    rows, marks = [], set()
    left = [] if scope.has_answers else list(_OF_ANSWERS)
    left += [] if scope.has_terms else list(_OF_TERMS)
    labels = {name: label for name, label in _LABELS.items() if name not in left}
    for place, (name, label) in enumerate(labels.items()):
        compared = name in _COMPARED
        expected = told(scope.expected(name)) if compared else words("—")
        verdict = words(scope.verdict(name) if compared else "—")
        rows.append((words(label), told(scope.observed(name)), expected, verdict))
        if compared and scope.is_above(name):
            marks.add(place)
    columns = ("Показатель", "За неделю", "Ожидалось (интервал)", "Вывод")
    return Table(
        "key", "Числа недели против ожидаемых", columns, rows, frozenset({0, 3}), frozenset(marks)
    )


def group_table(scope: Scope) -> Table:
    """Sectors of the city; their messages must make up those of the city."""
    # A sector that has no messages and expects none is a row of zeros.
    names = scope.evidence.rows(
        "SELECT scope, verdict = 'above' FROM indicators WHERE name = 'received' AND scope <> '' "
        "AND (observed > 0 OR expected >= 1) ORDER BY observed DESC, scope"
    )
    terms = scope.has_terms
    rows, marks, parts = [], set(), []
    for place, (name, above) in enumerate(names):
        part = Scope(scope.book, scope.week, str(name))
        title = scope.book.text(f"SELECT scope FROM indicators WHERE scope = {quoted(str(name))}")
        parts.append(part.observed("received"))
        cells = [title, parts[-1], part.expected("received")]
        cells += [part.observed("late"), part.expected("late")] if terms else []
        rows.append(tuple(map(told, cells)))
        if above:
            marks.add(place)
    scope.book.must_sum(scope.observed("received"), parts, "messages by sector")
    columns = ["Отрасль", "Поступило", "Ожидалось"]
    columns += ["Без ответа в срок", "Ожидалось без ответа"] if terms else []
    return Table("groups", "Сообщения по отраслям", columns, rows, marks=frozenset(marks))


def topic_table(scope: Scope, most: int = ROWS) -> Table:
    """Topics of the week: those that rose, then those with the most messages."""
    # In the whole city single messages are only noise.
    condition = f"{scope.inside}observed > {int(scope.scope == CITY)}"
    keys = scope.evidence.rows(
        f'SELECT "group", topic, rise, verdict FROM topics WHERE {condition} '
        f'ORDER BY rise DESC, rise * excess DESC, observed DESC, "group", topic LIMIT {most}'
    )
    rows, marks = [], set()
    named = scope.has_authors
    for place, (group, topic, rise, verdict) in enumerate(keys):
        key = f'"group" = {quoted(str(group))} AND topic = {quoted(str(topic))}'
        word = RISE if rise else _TOPIC_VERDICTS.get(str(verdict), "сравнить не с чем")
        rows.append((*map(told, _counted(scope, key, named=named)), words(word)))
        if rise:
            marks.add(place)
    who = "Авторов" if named else "Без повторов"
    columns = ("Тема", "Поступило", who, "Ожидалось", "Вывод")
    title = "Темы недели: сначала выросшие, затем самые частые"
    return Table("topics", title, columns, rows, frozenset({0, 4}), frozenset(marks))


def problem_table(scope: Scope, most: int = ROWS) -> Table:
    """Problems that people wrote about in the week, those with the most messages first."""
    week = f"(SELECT id FROM messages WHERE week = {scope.name})"
    keys = scope.evidence.rows(
        "SELECT p.number, count(m.message_id) AS amount FROM problems p "
        f"LEFT JOIN problem_messages m ON m.number = p.number AND m.message_id IN {week} "
        f"WHERE {_of_problem(scope)} GROUP BY p.number "
        f"HAVING amount > 0 ORDER BY amount DESC, p.number LIMIT {most}"
    )
    rows = [_problem_row(scope, int(number or 0), week) for number, _ in keys]
    columns = ("Проблема", "№", "Что с ней", "За неделю", "Всего", "С какого дня", "Исполнитель")
    return Table(
        "problems", "Проблемы, о которых писали на неделе", columns, rows, frozenset({0, 2, 6})
    )


def incident_table(scope: Scope, most: int = ROWS) -> Table:
    """Mass incidents that enough messages of the week tell of, the largest first.

    Copies do not count.
    """
    theirs = "SELECT message_id FROM incident_messages m WHERE m.incident = incidents.incident"
    keys = scope.evidence.rows(
        f"SELECT incident FROM incidents WHERE {scope.inside}"
        f"{scope.noticed('incident_messages', 'incident')} "
        f"ORDER BY (SELECT count(*) FROM ({scope.voices(theirs)})) DESC, incident LIMIT {most}"
    )
    rows = []
    for (incident,) in keys:
        row = f"incident = {incident}"
        ids = scope.voices(f"SELECT message_id FROM incident_messages WHERE {row}")
        amount = scope.book.count(f"SELECT count(*) FROM ({ids})", ids)
        name, place, state = (
            scope.book.text(f"SELECT {column} FROM incidents WHERE {row}", ids)
            for column in ("name", f"coalesce(place, {quoted(NOWHERE)})", "state")
        )
        day = scope.book.fact(Kind.DATE, f"SELECT starts_at FROM incidents WHERE {row}", ids)
        rows.append(tuple(map(told, (name, place, day, amount, state))))
    columns = ("Происшествие", "Где", "Началось", "Без повторов", "Состояние")
    title, none = "Крупные происшествия недели", "Крупных не было; мелкие — в таблице XLSX."
    return Table("incidents", title, columns, rows, frozenset({0, 1, 4}), empty=none)


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
    return Table("votes", "Вопросы, самые важные первыми", columns, rows)


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
    return Table("tones", "Сообщения по тональности", ("Тональность", "Сообщений"), rows)


def _counted(scope: Scope, key: str, *, named: bool) -> tuple[Fact, ...]:
    """Topic, observed, authors or messages without copies, expected of a row of `topics`."""
    book: FactBook = scope.book
    ids = f"SELECT id FROM messages WHERE week = {scope.name} AND {key}"
    past = f"SELECT id FROM messages WHERE {scope.past()} AND {key}"
    row = f"FROM topics WHERE {key}"
    return (
        book.text(f"SELECT topic {row}", ids),
        book.count(f"SELECT observed {row}", ids),
        book.number(f"SELECT authors {row}", ids)
        if named
        else book.count(f"SELECT voices {row}", f"{ids} AND duplicate_of IS NULL"),
        book.fact(Kind.EXPECTED, f"SELECT expected, low, high {row}", past),
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
