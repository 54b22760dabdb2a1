"""Words that have a fixed set of values in the router, and the allowed moves between states."""

from collections.abc import Mapping
from enum import StrEnum


class InquiryKind(StrEnum):
    CASE = "case"
    MEETING = "meeting"
    SIP = "sip"
    GENERAL = "general"
    STRUCTURAL = "structural"
    CONSULTATION = "consultation"


# Kinds of question that are about meeting, whatever else is wished.
MEETINGS = frozenset({InquiryKind.MEETING, InquiryKind.SIP})


class Mode(StrEnum):
    DEIDENTIFIED = "deidentified"
    IDENTIFIED_ELSEWHERE = "identified_elsewhere"


class InquiryState(StrEnum):
    SENT = "sent"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    CLOSED = "closed"


class LegState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    CLOSED = "closed"
    # Ended: another leg carries the question on.
    FORWARDED = "forwarded"
    # The mailbox has let go of it, and the asker or an administrator says where it goes next.
    HANDED_BACK = "handed_back"


class DeadlineKind(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    MEETING = "meeting"
    # From the asker's first message that nobody has answered, once the question itself has been.
    RESPOND_AGAIN = "respond_again"
    # To write every so often, whether anything was asked or not.
    INFORM = "inform"
    # What a receiver took upon itself at a meeting.
    NEXT_STEP = "next_step"


class DeadlineScope(StrEnum):
    """Whose promise a Deadline is (docs/decisions/0012)."""

    WHOLE = "whole"
    INQUIRY = "inquiry"
    LEG = "leg"


class HeldBy(StrEnum):
    """Who says where a question goes that was handed back."""

    ASKER = "asker"
    ADMINISTRATOR = "administrator"


class Outcome(StrEnum):
    """How a Deadline ended; one that is still open has none."""

    ON_TIME = "on_time"
    LATE = "late"
    WITHDRAWN = "withdrawn"


class PauseReason(StrEnum):
    """Why the clock of a Deadline stands still."""

    # A meeting was booked, and cancelled later: for as long, the promise was met.
    BOOKED = "booked"
    CONSENT = "consent"
    ASKER = "asker"


class ExtensionState(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"


class ExtensionReason(StrEnum):
    """Why a later day may be asked for: what förvaltningslagen (2017:900) lets a decision wait for."""

    INVESTIGATION = "investigation"
    ANOTHER_PARTY = "another_party"
    CONSENT = "consent"
    EXTENT = "extent"
    EXCEPTIONAL = "exceptional"


class Cause(StrEnum):
    """Why a promise was broken, as the owner of the mailbox says it."""

    WORKLOAD = "workload"
    ABSENCE = "absence"
    OVERLOOKED = "overlooked"
    WRONG_ENTRY = "wrong_entry"
    UNCLEAR = "unclear"
    CONSENT = "consent"
    ANOTHER_PARTY = "another_party"
    TECHNICAL = "technical"
    OTHER = "other"


class MailState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


class MailKind(StrEnum):
    """What an incoming mail is. Only one that a person wrote can be a question or an answer."""

    HUMAN = "human"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    UNPARSED = "unparsed"


class ArrivalState(StrEnum):
    """Where an incoming mail stands: stored and not yet read, sorted, held for a person, or ended by one."""

    STORED = "stored"
    SORTED = "sorted"
    HELD = "held"
    SPAM = "spam"
    RETURNED = "returned"


class Door(StrEnum):
    IMAP = "imap"
    LMTP = "lmtp"
    SMTP = "smtp"
    PIPE = "pipe"


class MeetingState(StrEnum):
    PROPOSED = "proposed"
    BOOKED = "booked"
    # Somebody has said that it was held, or that it never came about.
    HELD = "held"
    NOT_HELD = "not_held"
    CANCELLED = "cancelled"


class MeetingKind(StrEnum):
    """What a meeting is for; each kind has requirements of its own (rules/meeting_kinds.py)."""

    PLANNING = "planning"
    # Samordnad individuell plan: 16 kap. 4 § HSL and its counterpart in SoL.
    SIP = "sip"
    # Avstämningsmöte: 110 kap. 14 § SFB.
    RECONCILIATION = "reconciliation"
    CONSULTATION = "consultation"
    # Gemensam kartläggning of Försäkringskassan and Arbetsförmedlingen.
    JOINT_MAPPING = "joint_mapping"


class Consent(StrEnum):
    ORAL = "oral"
    WRITTEN = "written"


class Ballot(StrEnum):
    """What a participant says of a proposed time."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Attending(StrEnum):
    """What a participant's calendar has answered (PARTSTAT, RFC 5545 3.2.12)."""

    NEEDS_ACTION = "needs_action"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class MeetingForm(StrEnum):
    ROOM = "room"
    PHONE = "phone"
    VIDEO = "video"


class ForumDateState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"
    HELD = "held"


class AgendaState(StrEnum):
    ON = "on"
    TAKEN = "taken"
    POSTPONED = "postponed"
    WITHDRAWN = "withdrawn"


class EventKind(StrEnum):
    ASKED = "asked"
    CLAIMED = "claimed"
    RELEASED = "released"
    ANSWERED = "answered"
    FOLLOWED_UP = "followed_up"
    NOTED = "noted"
    MEETING_BOOKED = "meeting_booked"
    MEETING_CANCELLED = "meeting_cancelled"
    # The hour of a booked meeting came, where that is what was promised.
    MEETING_HELD = "meeting_held"
    MEETING_PROPOSED = "meeting_proposed"
    # Proposed times were added or taken back by the side that proposes.
    TIMES_CHANGED = "times_changed"
    # The proposal was taken back before anything was booked.
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    VOTED = "voted"
    TIME_SUGGESTED = "time_suggested"
    PARTICIPANTS_CHANGED = "participants_changed"
    # A participant's link to answer by was made worthless, and a new one sent.
    LINK_RENEWED = "link_renewed"
    MEETING_MOVED = "meeting_moved"
    # Its place changed, and not its time.
    MEETING_CHANGED = "meeting_changed"
    # A participant's calendar accepted or declined.
    INVITATION_ANSWERED = "invitation_answered"
    # Somebody said what came of it.
    MEETING_ENDED = "meeting_ended"
    MINUTED = "minuted"
    STEP_AGREED = "step_agreed"
    STEP_DONE = "step_done"
    PUT_ON_AGENDA = "put_on_agenda"
    TAKEN_OFF_AGENDA = "taken_off_agenda"
    AGENDA_TAKEN = "agenda_taken"
    BREACHED = "breached"
    CLOSED = "closed"
    UNDELIVERED = "undelivered"
    # A letter was answered by a program: somebody is away, or has left.
    AUTOMATIC_REPLY = "automatic_reply"
    # A promise falls due at another moment, because its agreement or calendar was edited.
    RECOUNTED = "recounted"
    FORWARDED = "forwarded"
    HANDED_BACK = "handed_back"
    # A text that went with one of the two, readable by the asker and the legs concerned.
    EXPLAINED = "explained"
    SHARED = "shared"
    INVITED = "invited"
    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENSION_PROPOSED = "extension_proposed"
    EXTENSION_AGREED = "extension_agreed"
    EXTENSION_REFUSED = "extension_refused"
    REOPENED = "reopened"
    CAUSE_GIVEN = "cause_given"
    JOINED = "joined"
    TOOK_OVER = "took_over"
    # A message of the asker became an inquiry of its own: told by the one it left and by the one it began.
    SPLIT = "split"
    SPLIT_FROM = "split_from"


State = InquiryState | LegState

# Keyed by type first: members of two StrEnums with the same value are equal and would share a key.
MOVES: Mapping[type[State], Mapping[str, frozenset[str]]] = {
    InquiryState: {
        # Answered without a claim when a keeper knows at once; closing before an answer is the asker's withdrawal.
        InquiryState.SENT: frozenset({InquiryState.CLAIMED, InquiryState.ANSWERED, InquiryState.CLOSED}),
        # Back to sent when the one who claimed it gives it back to the queue.
        InquiryState.CLAIMED: frozenset({InquiryState.SENT, InquiryState.ANSWERED, InquiryState.CLOSED}),
        # Back when the asker writes again: to the one who answered, or to the queue.
        InquiryState.ANSWERED: frozenset({InquiryState.CLAIMED, InquiryState.SENT, InquiryState.CLOSED}),
        # Back when the asker opens it again: to the one who had it, or to the queue.
        InquiryState.CLOSED: frozenset({InquiryState.CLAIMED, InquiryState.SENT}),
    },
    LegState: {
        LegState.WAITING: frozenset(
            {LegState.CLAIMED, LegState.ANSWERED, LegState.CLOSED, LegState.FORWARDED, LegState.HANDED_BACK}
        ),
        LegState.CLAIMED: frozenset(
            {LegState.WAITING, LegState.ANSWERED, LegState.CLOSED, LegState.FORWARDED, LegState.HANDED_BACK}
        ),
        LegState.ANSWERED: frozenset({LegState.CLAIMED, LegState.WAITING, LegState.CLOSED}),
        LegState.CLOSED: frozenset({LegState.CLAIMED, LegState.WAITING}),
        LegState.FORWARDED: frozenset(),
        LegState.HANDED_BACK: frozenset({LegState.FORWARDED, LegState.CLOSED}),
    },
}


def may_move(before: State, after: State) -> bool:
    """Say whether the table of moves allows this one; a state never moves to itself."""
    return type(before) is type(after) and after in MOVES[type(before)][before]
