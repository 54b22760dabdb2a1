"""What stands in the form that proposes a meeting: what was typed, or what is suggested before anything is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from werkzeug.datastructures import MultiDict

from config.errors import Invalid
from config.words import STOCKHOLM, label
from router.rules.meeting_wishes import Invited, Proposed
from router.rules.terms import MeetingForm, MeetingKind

MINUTES = 45
MOST_CHOSEN = 3
MOST_PEOPLE = 20
# The hour by which the last day to answer ends, for those who are asked.
LAST_HOUR = time(16, 0)
MANDATE = {"ja": True, "nej": False}


@dataclass(frozen=True, slots=True)
class Guest:
    """One who is to take part, as the form shows it. `key` tells the fields of each apart."""

    key: str
    party_id: str = ""
    entry_point_id: str = ""
    mailbox_id: str = ""
    address: str = ""
    name: str = ""
    function: str = ""
    mandate: str = ""
    is_required: bool = True
    form: str = ""
    place: str = ""
    # Those whom the inquiry is between cannot be taken away here.
    is_side: bool = False
    is_asker: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The whole form. Days and times are as they were typed; `times` are those chosen, in RFC 3339."""

    guests: tuple[Guest, ...]
    times: tuple[str, ...] = ()
    own_times: tuple[str, ...] = ()
    own_day: str = ""
    own_clock: str = ""
    kind: str = MeetingKind.PLANNING
    minutes: str = str(MINUTES)
    form: str = MeetingForm.VIDEO
    place: str = ""
    is_present: bool = False
    why: str = ""
    consent: str = ""
    consent_on: str = ""
    answer_on: str = ""
    shows_addresses: bool = False


def read(form: MultiDict[str, str], sides: Iterable[Guest]) -> Draft:
    """What was sent. Sides of the inquiry are always there, others as long as they are ticked."""
    known = {one.key: one for one in sides}
    keys = [*known, *(key for key in form.getlist("extra")[:MOST_PEOPLE] if key not in known)]
    return Draft(
        guests=tuple(
            _guest(form, key, known.get(key)) for key in dict.fromkeys(keys) if f"bort-{key}" not in form
        ),
        times=tuple(dict.fromkeys(form.getlist("tider"))),
        own_times=tuple(dict.fromkeys(form.getlist("egna"))),
        own_day=form.get("egen_dag", ""),
        own_clock=form.get("egen_tid", ""),
        kind=form.get("slag", MeetingKind.PLANNING.value),
        minutes=form.get("minuter", str(MINUTES)),
        form=form.get("form", MeetingForm.VIDEO.value),
        place=form.get("plats", ""),
        is_present=form.get("person") == "ja",
        why=form.get("varfor", "").replace("\r\n", "\n"),
        consent=form.get("samtycke", ""),
        consent_on=form.get("samtycke_dag", ""),
        answer_on=form.get("svar_senast", ""),
        shows_addresses="adresser" in form,
    )


def _guest(form: MultiDict[str, str], key: str, side: Guest | None) -> Guest:
    named = side or Guest(
        key,
        party_id=form.get(f"part-{key}", ""),
        entry_point_id=form.get(f"ingang-{key}", ""),
        mailbox_id=form.get(f"brevlada-{key}", ""),
        address=form.get(f"adress-{key}", "").strip(),
        name=form.get(f"namn-{key}", ""),
    )
    return typed(form, named)


def typed(form: MultiDict[str, str], guest: Guest) -> Guest:
    """The same guest with what the form says of it."""
    key = guest.key
    return replace(
        guest,
        function=form.get(f"funktion-{key}", ""),
        mandate=form.get(f"mandat-{key}", ""),
        is_required=f"maste-{key}" in form,
        form=form.get(f"form-{key}", ""),
        place=form.get(f"plats-{key}", ""),
    )


def proposed(draft: Draft) -> Proposed:
    """The form as the flow takes it. Raises Invalid for what is no time, day or number."""
    times = [moment(one) for one in draft.times]
    if draft.own_day or draft.own_clock:
        times.append(own_time(draft))
    return Proposed(
        kind=draft.kind,
        is_present=draft.is_present,
        why=draft.why.strip(),
        consent=draft.consent,
        consent_on=_day(draft.consent_on, "/consent_on") if draft.consent_on else None,
        minutes=number(draft.minutes),
        place=place(draft.form, draft.place),
        times=tuple(dict.fromkeys(times)),
        participants=tuple(invited(one) for one in draft.guests),
        answer_by=answer_by(draft.answer_on) if draft.answer_on else None,
        shows_addresses=draft.shows_addresses,
    )


def invited(guest: Guest) -> Invited:
    return Invited(
        party_id=guest.party_id or None,
        entry_point_id=guest.entry_point_id or None,
        # Of another than a side it only tells whose times are looked for.
        mailbox_id=(guest.mailbox_id or None) if guest.is_side else None,
        address=guest.address,
        name=guest.name,
        function=guest.function.strip(),
        is_required=guest.is_required,
        has_mandate=MANDATE.get(guest.mandate),
        form=guest.form,
        place=guest.place.strip(),
        is_asker=guest.is_asker,
    )


def place(form: str, detail: str) -> str:
    """Where all meet, in words: the form alone while no room, number or link is given."""
    word = label("meeting_place", form)
    return f"{word}, {detail.strip()}" if detail.strip() else word


def own_time(draft: Draft) -> datetime:
    """The time that somebody typed. Raises Invalid("no_time")."""
    return wall_clock(draft.own_day, draft.own_clock)


def wall_clock(day: str, clock: str, field: str = "/starts_at") -> datetime:
    """Swedish wall-clock time of a form. Raises Invalid("no_time") for what is none."""
    try:
        return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=STOCKHOLM)
    except ValueError:
        raise Invalid("no_time", field=field) from None


def number(text: str) -> int:
    """Whole minutes; 0, which no meeting lasts, for what is no number."""
    return int(text) if text.isascii() and text.isdecimal() else 0


def answer_by(day: str) -> datetime:
    """The last moment to answer on a day. Raises Invalid for what is no day."""
    return datetime.combine(_day(day, "/answer_by"), LAST_HOUR, STOCKHOLM)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("bad_day", field=field) from None


def moment(text: str) -> datetime:
    """A time that a form offered, in RFC 3339. Raises Invalid for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("no_time", field="/times") from None
    if found.tzinfo is None:
        raise Invalid("no_offset", field="/times")
    return found
