"""The overview: are the promises kept? Numbers, weeks, and every broken promise, without a word of what was asked."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, g, render_template, request

from config import words
from directory.web.session import database, required
from router.flows import board as boards
from router.rules.terms import Cause
from router.web import chart

blueprint = Blueprint("board", __name__)
GOAL = 95
LONGEST_LIST = 5000
COLUMNS = (
    "Ärende",
    "Från",
    "Till",
    "Brevlåda",
    "Löfte",
    "Skulle ske",
    "Upptäckt",
    "Skedde",
    "Arbetsdagar",
    "Arbetsdagar utan pauser",
    "Orsak",
    "Kommentar",
)
# What the list of causes sends for those nobody has explained.
UNSAID = "ingen"


@blueprint.get("/oversikt")
def overview() -> str:
    cause = _cause()
    board = boards.board(database(), required(), scope=request.args.get("urval", ""), cause=cause, now=g.now)
    answers = [week.respond.percent for week in board.weeks]
    meetings = [week.meeting.percent for week in board.weeks]
    drawn = chart.draw(
        ("Svar", "Möte"), (answers, meetings), [_week(one.week) for one in board.weeks], goal=GOAL
    )
    return render_template(
        "board/board.html",
        board=board,
        chart=drawn,
        week_number=_week,
        goal=GOAL,
        causes=[
            (UNSAID, words.say("cause_unsaid.any")),
            *((one, words.label("cause", one)) for one in Cause),
        ],
        cause=UNSAID if cause == "" else cause,
    )


@blueprint.get("/oversikt/brott.csv")
def download() -> Response:
    scope = request.args.get("urval", "")
    rows = boards.breaches(database(), required(), scope=scope, cause=_cause(), limit=LONGEST_LIST)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = (
            row.reference,
            row.from_party,
            row.to_party,
            row.to_name,
            words.label("deadline_kind", row.kind),
            words.rfc3339(row.due_at),
            words.rfc3339(row.found_at),
            words.rfc3339(row.stopped_at) or "",
            _number(row.gross_days),
            _number(row.net_days),
            words.label("cause", row.cause) if row.cause else "",
            row.comment,
        )
        writer.writerow([_cell(one or "") for one in cells])
    # The mark at the front is what makes spreadsheet programs read å, ä and ö.
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="brutna-loften.csv"'
    return response


def _cause() -> str | None:
    """The cause that is asked for: None for any, empty for those nobody has explained."""
    chosen = request.args.get("orsak", "")
    return "" if chosen == UNSAID else chosen if chosen in tuple(Cause) else None


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _week(week: str) -> str:
    return week.rpartition("W")[2].lstrip("0")


def _cell(text: str) -> str:
    # A cell that begins like a formula would be run by the spreadsheet of whoever opens the file.
    return (
        f"'{text}"
        if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
        else text
    )
