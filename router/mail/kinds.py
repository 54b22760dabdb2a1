"""Who wrote a mail: a person, a program or a mail server that could not deliver.

Only headers of the mail itself are asked, never those of a mail within it. A header says more than words do;
words of absence count only beside something else.
"""

from __future__ import annotations

import re

from router.mail import absence_words, bounce_words, bounces, delivery_status
from router.mail import automatic_words as words
from router.mail.view import Judgement, View
from router.rules.terms import MailKind

# How much of a text is looked at for words: a program has said what it is by then.
_HEAD = 3_000
_COMMENT = re.compile(r"\([^()]*\)")
_AUTO_PRECEDENCE = frozenset(
    {"auto_reply", "auto-reply", "autoreply", "auto_generated", "auto", "auto_replied"}
)
_MASS_PRECEDENCE = frozenset({"bulk", "junk", "list"})
_LIST = (
    "list-post",
    "x-beenthere",
    "x-mailman-version",
    "mailing-list",
    "x-mailing-list",
    "x-listname",
    "x-list",
)
_OWNER = re.compile(r"(?:owner-|-owner@|-bounces?[@+]|-admin@|-request@)", re.IGNORECASE)
_NO = frozenset({"no", "false", "0", "none"})
_REPLYING = frozenset({"REPLY", "REFRESH", "COUNTER", "DECLINECOUNTER"})
_METHOD = re.compile(r"^METHOD[ \t]*:[ \t]*([A-Za-z-]+)", re.IGNORECASE | re.MULTILINE)


# What may be an answer for somebody who is away; a newsletter that speaks of holidays is none.
_ANSWERS = frozenset(
    {
        "auto_submitted",
        "auto_replied",
        "autoreply_header",
        "autoreply_subject",
        "autoreply_text",
        "null_sender",
        "precedence",
    }
)
_ABSENT = re.compile(
    r"frånvar|semester|out ?[- ]?of ?[- ]?(?:the )?[- ]?office|vacation|abwesen|fravær|poissa|absen[ct]|ferie|"
    r"fuera de|fuori sede|afwezig|nieobecn|on leave|holiday",
    re.IGNORECASE,
)


def judge(view: View) -> Judgement:
    """What a mail is and why. Never raises on what a sender can write; its time is linear in the mail."""
    bounce = bounces.read(view)
    if bounce is not None:
        return Judgement(MailKind.BOUNCE, _told_by(view), bounce)
    if bounces.is_receipt(view):
        return _automatic(view, "read_receipt")
    if bounces.has_arrived(view):
        return _automatic(view, "delivery_receipt")
    because = _by_header(view) or _by_sender(view) or _by_part(view) or _by_subject(view) or _by_text(view)
    return _automatic(view, because) if because else Judgement()


def _automatic(view: View, because: str) -> Judgement:
    head = view.text[:_HEAD]
    quit_ = (
        absence_words.HAS_QUIT.search(head) is not None
        or absence_words.HAS_QUIT.search(view.subject) is not None
    )
    answers = because in _ANSWERS
    is_absence = answers and (
        quit_ or absence_words.AWAY.search(head) is not None or _ABSENT.search(view.subject) is not None
    )
    return Judgement(MailKind.AUTOMATIC, because, is_absence=is_absence, has_quit=answers and quit_)


def _told_by(view: View) -> str:
    if any(part.type in delivery_status.REPORTS for part in view.parts):
        return "delivery_status"
    return "failed_recipients" if view.first("x-failed-recipients") else "bounce_text"


def _by_header(view: View) -> str:
    submitted = {_word(value) for value in view.all("auto-submitted")} - {"", "no"}
    if submitted:
        return "auto_replied" if any(one.startswith("auto-repl") for one in submitted) else "auto_submitted"
    names = {name for name, _ in view.headers}
    if (machine := _machine(view, names)) or (machine := _mass(view, names)):
        return machine
    return ""


def _machine(view: View, names: set[str]) -> str:
    """Which header only a program writes; one that says no of itself does not count."""
    said = {name for name in names & words.MACHINE_HEADERS if _word(view.first(name)) not in _NO}
    if not said:
        return ""
    return (
        "autoreply_header" if any("auto" in name or "vacation" in name for name in said) else "machine_header"
    )


def _mass(view: View, names: set[str]) -> str:
    """What the headers of lists say: a person's mail to a list that people write to is still a person's."""
    precedence = {_word(value) for name in ("precedence", "x-precedence") for value in view.all(name)}
    if precedence & _AUTO_PRECEDENCE:
        return "precedence"
    campaign = any(words.CAMPAIGN.search(view.first(name)[:200]) for name in ("x-mailer", "x-mailer-info"))
    is_news = campaign or bool(view.first("list-unsubscribe")) or bool(names & words.MASS_HEADERS)
    is_mass = bool(precedence & _MASS_PRECEDENCE)
    if not (is_mass or is_news) or _is_discussion(view, names):
        return ""
    return "precedence" if is_mass else "newsletter"


def _is_discussion(view: View, names: set[str]) -> bool:
    """Whether it came by a list that people write to: the list's own headers then say nothing of who wrote."""
    if words.NOBODY.match(view.shown_sender) or words.ROLE.match(view.shown_sender):
        return False
    if any(name in names for name in _LIST):
        return _word(view.first("list-post")) != "no"
    # Lists from before RFC 2369 are known by who passes the mail on; or somebody answers what somebody wrote.
    answers = _is_answer(view) and _quotes(view) and not absence_words.AWAY.search(view.text[:_HEAD])
    return answers or _OWNER.search(view.first("sender")) is not None


def _by_sender(view: View) -> str:
    if words.NOBODY.match(view.shown_sender):
        return "nobody_reads"
    if words.ROLE.match(view.shown_sender) and not bounces.has_client(view):
        return "machine_sender"
    if bounces.is_from_server(view) and not _has_hand(view):
        return "daemon"
    if bounces.has_null_sender(view):
        return "null_sender"
    return ""


def _has_hand(view: View) -> bool:
    """Whether somebody who answers wrote it with a program for people, as a postmaster may."""
    return _is_answer(view) and bounces.has_client(view)


def _is_answer(view: View) -> bool:
    return bool(view.first("in-reply-to") or bounce_words.ANSWERED.match(view.subject))


def _by_part(view: View) -> str:
    if view.content_type == "multipart/report" and view.report_type:
        return "report"
    for part in view.parts:
        if part.type == "text/calendar":
            method = _METHOD.search(part.text[:4_000])
            if method and method[1].upper() in _REPLYING:
                return "calendar_reply"
    # Who attaches one to words of their own has written those.
    is_bare = not view.text.strip()
    return "calendar_reply" if is_bare and not _REPLYING.isdisjoint(view.methods) else ""


def _by_subject(view: View) -> str:
    subject = view.subject[:300]
    if words.WATCHED.match(subject):
        return "watch"
    if words.ANSWERED_ALONE.match(subject) and not _is_answered(view, subject):
        return "autoreply_subject"
    if words.ANSWERED_MAYBE.match(subject) and _is_answer_of_program(view):
        return "autoreply_subject"
    return ""


def _is_answered(view: View, subject: str) -> bool:
    """Whether a person answers an automatic answer: "Re: Autosvar: …"."""
    return bounce_words.ANSWERED.match(subject) is not None and not view.first("x-auto-response-suppress")


def _is_answer_of_program(view: View) -> bool:
    """Whether the text speaks as a program does, and no program for people has sent it by itself."""
    head = view.text[:_HEAD]
    if _quotes(view):
        return False
    if words.RECEIVED.search(head):
        return True
    answers = bool(
        view.first("in-reply-to") or view.first("x-auto-response-suppress")
    ) or not bounces.has_client(view)
    return answers and bool(absence_words.AWAY.search(head) or absence_words.HAS_QUIT.search(head))


def _by_text(view: View) -> str:
    """Words alone are believed only of an answer without a word of what it answers."""
    head = view.text[:_HEAD]
    hinted = bool(view.first("x-auto-response-suppress"))
    if words.RECEIVED.search(head) and (hinted or not bounces.has_client(view)):
        return "autoreply_text"
    if (
        hinted
        and (absence_words.AWAY.search(head) or absence_words.HAS_QUIT.search(head))
        and not _quotes(view)
    ):
        return "autoreply_text"
    return ""


def _quotes(view: View) -> bool:
    return re.search(r"^[ \t]*>", view.text[:20_000], re.MULTILINE) is not None


def _word(value: str) -> str:
    """The first word of a value, without comments and parameters: `auto-replied (vacation); x=1`."""
    bare = _COMMENT.sub(" ", value[:500]).strip().lower()
    return re.split(r"[\s;,]", bare, maxsplit=1)[0].strip("\"'<>")
