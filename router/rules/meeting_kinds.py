"""What each kind of meeting demands: refused where law or agreement asks for it, warned about for the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from config.words import STOCKHOLM, Because
from directory.rules.terms import PartyKind
from router.rules.terms import Attending, Ballot, InquiryKind, MeetingKind

# By these names the two authorities stand in every directory; an agency is one by itself.
FK, AF = "fk", "af"
# Umeå region's criteria for a consultation team: normally at least three authorities.
USUAL_CONSULTATION = 3
LEAST_PARTICIPANTS = 2


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a kind asks for.

    `kinds` of party, and `parties` by name, must be there. `wants_present`: the person is to be invited, which is
    warned about, since the law says when it is possible. `usual` is how many parties there normally are.
    """

    needs_why: bool = False
    needs_consent: bool = False
    kinds: tuple[PartyKind, ...] = ()
    parties: tuple[str, ...] = ()
    # De-identified, unless the person has consented to be spoken of.
    consent_if_present: bool = False
    wants_present: bool = False
    usual: int = 2


REQUIREMENTS: Mapping[MeetingKind, Requirements] = {
    MeetingKind.PLANNING: Requirements(),
    # Samordnad individuell plan, 16 kap. 4 § hälso- och sjukvårdslagen (2017:30) and its counterpart in
    # socialtjänstlagen: region and municipality make it, the person consents, and is part of it when possible.
    MeetingKind.SIP: Requirements(
        needs_consent=True, kinds=(PartyKind.REGION, PartyKind.MUNICIPALITY), wants_present=True
    ),
    # Avstämningsmöte, 110 kap. 14 § socialförsäkringsbalken: Försäkringskassan holds it and may ask the insured to
    # take part. That the wish says why is agreed (Region Sörmland and Försäkringskassan, 2019).
    MeetingKind.RECONCILIATION: Requirements(needs_why=True, parties=(FK,), wants_present=True),
    MeetingKind.CONSULTATION: Requirements(consent_if_present=True, usual=USUAL_CONSULTATION),
    # Gemensam kartläggning within the strengthened cooperation of the two authorities: secrecy holds between them
    # (8 kap. 1 § offentlighets- och sekretesslagen), so the person consents (10 kap. 1 §).
    MeetingKind.JOINT_MAPPING: Requirements(needs_consent=True, parties=(FK, AF), wants_present=True),
}
# Which kind of meeting an inquiry most likely wishes for.
LIKELY: Mapping[str, MeetingKind] = {
    InquiryKind.SIP: MeetingKind.SIP,
    InquiryKind.CONSULTATION: MeetingKind.CONSULTATION,
}


@dataclass(frozen=True, slots=True)
class Going:
    """A participant as the rules see it: `ballots` by time, and what it has answered of the booked time."""

    name: str
    party_id: str
    party_kind: str
    is_required: bool = True
    has_mandate: bool | None = None
    ballots: Mapping[int, Ballot] = field(default_factory=dict)
    answer: str = Attending.NEEDS_ACTION


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal or a booking as warnings see it: `times` by id while one is proposed, `starts_at` once it is booked.

    `due_at` is the last moment that keeps the promise of a meeting, while that is open; `is_held`: the meeting must
    have been held by then, not only booked.
    """

    going: Sequence[Going]
    times: Mapping[int, datetime] = field(default_factory=dict)
    is_present: bool = False
    has_consent: bool = False
    due_at: datetime | None = None
    is_held: bool = False
    answer_by: datetime | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consented:
    """What is said of the person's consent."""

    form: str = ""
    on: date | None = None


def likely(inquiry_kind: str) -> MeetingKind:
    """The kind of meeting that a form starts with for an inquiry of this kind."""
    return LIKELY.get(inquiry_kind, MeetingKind.PLANNING)


def examine(
    kind: MeetingKind,
    *,
    why: str,
    is_present: bool,
    consented: Consented,
    parties: Mapping[str, str],
    today: date,
) -> tuple[Because, ...]:
    """What is refused, as codes of [refused], the first first; nothing when all is there. `parties`: kind by id."""
    wanted = REQUIREMENTS[kind]
    found = []
    if wanted.needs_why and not why.strip():
        found.append(Because("why_missing", {"kind": kind.value}))
    if consented.form and (consented.on is None or consented.on > today):
        found.append(Because("consent_day_wrong"))
    needs_consent = wanted.needs_consent or (wanted.consent_if_present and is_present)
    if needs_consent and not consented.form:
        found.append(Because("consent_missing", {"kind": kind.value}))
    found += [
        Because("party_kind_missing", {"kind": kind.value, "party": one.value})
        for one in wanted.kinds
        if one.value not in parties.values()
    ]
    found += [
        Because("party_missing", {"kind": kind.value, "party": one})
        for one in wanted.parties
        if one not in parties
    ]
    return tuple(found)


def warnings(kind: MeetingKind, plan: Plan, *, now: datetime) -> tuple[Because, ...]:
    """What whoever proposes or books is told, as codes of [because], what concerns the promise first."""
    return (*_of_term(plan, now), *_of_going(plan), *_of_kind(kind, plan))


def _of_term(plan: Plan, now: datetime) -> Iterator[Because]:
    coming = [at for at in plan.times.values() if at > now]
    if plan.starts_at is None and plan.times and not coming:
        yield Because("meeting.times_past")
    if plan.due_at is None:
        return
    due = {"due": plan.due_at.astimezone(STOCKHOLM).isoformat()}
    if plan.due_at < now:
        yield Because("meeting.term_passed_held" if plan.is_held else "meeting.term_passed", due)
    elif plan.starts_at is not None:
        if plan.starts_at > plan.due_at:
            yield Because("meeting.starts_after_term", due)
    else:
        yield from (Because(code, due) for code in _late_proposal(plan, coming, plan.due_at))


def _late_proposal(plan: Plan, coming: Sequence[datetime], due_at: datetime) -> Iterator[str]:
    """Proposals that can no longer keep the promise, or hardly."""
    if plan.is_held and coming and min(coming) > due_at:
        yield "meeting.times_after_term"
    if plan.answer_by is not None and plan.answer_by > due_at:
        yield "meeting.answer_after_term_held" if plan.is_held else "meeting.answer_after_term"
    in_term = [at for at in coming if at <= due_at] if plan.is_held else coming
    if _nobody_left(plan, in_term):
        yield "meeting.none_in_term"


def _nobody_left(plan: Plan, in_term: Collection[datetime]) -> bool:
    """Whether each of these times has been refused by somebody without whom it is no meeting."""
    ids = [time_id for time_id, at in plan.times.items() if at in in_term]
    required = [one for one in plan.going if one.is_required]
    refused = [any(one.ballots.get(time_id) is Ballot.NO for one in required) for time_id in ids]
    return bool(refused) and all(refused)


def _of_going(plan: Plan) -> Iterator[Because]:
    required = [one for one in plan.going if one.is_required]
    if plan.starts_at is None:
        cannot = [one for one in required if _cannot(one, plan.times)]
        silent = [one for one in required if not any(time_id in one.ballots for time_id in plan.times)]
        yield from _named("meeting.cannot", cannot)
        yield from _named("meeting.silent", silent)
    else:
        yield from _named("meeting.declined", [one for one in required if one.answer == Attending.DECLINED])
    yield from _named("meeting.no_mandate", [one for one in required if one.has_mandate is False])
    yield from _named("meeting.mandate_unsaid", [one for one in required if one.has_mandate is None])


def _cannot(one: Going, times: Mapping[int, datetime]) -> bool:
    return bool(times) and all(one.ballots.get(time_id) is Ballot.NO for time_id in times)


def _named(code: str, going: Sequence[Going]) -> Iterator[Because]:
    if going:
        yield Because(code, {"names": ", ".join(dict.fromkeys(one.name for one in going))})


def _of_kind(kind: MeetingKind, plan: Plan) -> Iterator[Because]:
    wanted = REQUIREMENTS[kind]
    if wanted.wants_present and not plan.is_present:
        yield Because("meeting.person_not_there", {"kind": kind.value})
    there = len({one.party_id for one in plan.going})
    if there < wanted.usual and kind is MeetingKind.CONSULTATION:
        yield Because("meeting.few_parties", {"there": there, "usual": wanted.usual})
    if plan.is_present and not plan.has_consent and not wanted.needs_consent:
        yield Because("meeting.no_consent")
