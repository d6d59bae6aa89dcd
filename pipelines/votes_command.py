"""`otklik votes`: which questions are worth a poll, and what a poll answered."""

from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_json, print_table
from otklik.pipelines.vote_settings import Unit

app = typer.Typer(no_args_is_help=True, help="Questions for polls and votes.")
RANK_EXAMPLES = "Example: otklik votes rank --period 2026-W40..2026-W44 --out votes.html"
IMPORT_EXAMPLES = "Example: otklik votes import results.csv --poll парк-2026"
SHOWN = 15


@app.command("rank", epilog=RANK_EXAMPLES)
def rank(
    period: Annotated[
        str | None,
        typer.Option(help="Weeks, as 2026-W40..2026-W44; the last eight with messages without it."),
    ] = None,
    by: Annotated[Unit, typer.Option(help="What becomes a question.")] = Unit.TOPIC,
    config: Annotated[
        Path | None, typer.Option(help="Weights; the shipped ones without it.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="votes.csv or votes.html")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many to print.")] = SHOWN,
    as_json: AsJson = False,
) -> None:
    """Rank what residents write about as questions for a vote, with factors and rank intervals."""
    from otklik.datasets.store import open_store
    from otklik.pipelines.vote_period import read_period
    from otklik.pipelines.vote_settings import load_vote_settings
    from otklik.pipelines.vote_table import rows_of, write_questions
    from otklik.pipelines.weekly_votes import questions_of

    wanted = load_vote_settings(config)
    settings = load_settings()
    with open_store(settings) as store:
        weeks = read_period(period, store, settings)
        questions = questions_of(store, weeks, wanted, by)
    if out is not None:
        write_questions(questions, out, weeks.words)
    rows = rows_of(questions)
    if as_json:
        print_json({"period": weeks.words, "questions": rows})
        return
    columns = ["место", "тема", "людей", "оценка"]
    cells = [
        [
            f"{one.rank} ({one.low}–{one.high})",
            one.topic,
            str(one.authors) if one.named else "—",
            f"{one.score:.3f}",
        ]
        for one in questions[:top]
    ]
    print_table(columns, cells, f"Вопросы для опросов, {weeks.words}")


@app.command("import", epilog=IMPORT_EXAMPLES)
def import_results(
    file: Annotated[Path, typer.Argument(help="Columns participant, district, statement, vote.")],
    poll: Annotated[str, typer.Option(help="Name of the poll.")],
    as_json: AsJson = False,
) -> None:
    """Keep the results of a poll and print what all districts agree on; again changes nothing."""
    from otklik.datasets.store import open_store
    from otklik.datasets.store_votes import save_poll
    from otklik.pipelines.vote_results import read_results

    settings = load_settings()
    votes = read_results(file, settings)
    with open_store(settings) as store:
        save_poll(store.database, poll, votes)
    results(poll, as_json=as_json)


@app.command("results", epilog="Example: otklik votes results парк-2026")
def results(
    poll: Annotated[str, typer.Argument(help="Name of the poll.")], as_json: AsJson = False
) -> None:
    """Consensus on every statement of a poll, over districts."""
    from otklik.datasets.errors import BadSettings
    from otklik.datasets.store import open_store
    from otklik.datasets.store_votes import poll_votes, polls
    from otklik.pipelines.vote_results import results_of

    with open_store(load_settings()) as store:
        votes = poll_votes(store.database, poll)
        known = polls(store.database)
    if not votes:
        raise BadSettings(f"No poll {poll!r}; there are {', '.join(known) or 'none'}.")
    found = results_of(votes)
    if as_json:
        print_json(
            [
                {
                    "statement": one.statement,
                    "consensus": one.consensus.corrected,
                    "published": one.consensus.published,
                    "districts": {
                        name: {"agree": t.agree, "disagree": t.disagree, "seen": t.seen}
                        for name, t in one.districts.items()
                    },
                }
                for one in found
            ]
        )
        return
    rows = [[one.statement, f"{one.consensus.corrected:.3f}", str(one.seen)] for one in found]
    print_table(["утверждение", "согласие районов", "ответили"], rows, f"Опрос «{poll}»")
