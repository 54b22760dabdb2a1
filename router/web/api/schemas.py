"""The shapes of answers, for the API's description. Answers are made as plain dictionaries (answers.py)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from router.web.api.meeting_schemas import Answer, MeetingAnswer, StepAnswer
from router.web.api.shapes import Kind

Promise = Literal["acknowledge", "respond", "meeting", "respond_again", "inform", "next_step"]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class FieldProblem(Answer):
    pointer: str
    detail: str


class Problem(BaseModel):
    """A refusal (RFC 9457). `pointer` is a JSON pointer into the body, or the name of a parameter after a slash."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence in Swedish.")
    code: str
    pointer: str | None = None
    errors: list[FieldProblem] = []


class LegAnswer(Answer):
    mailbox: str
    entry_point: str
    state: Literal["waiting", "claimed", "answered", "closed", "forwarded", "handed_back"]
    because: str


class DeadlineAnswer(Answer):
    kind: Promise
    due_at: Time
    outcome: Literal["on_time", "late", "withdrawn"] | None
    because: str
    explanation: list[str] = Field(description="How the time was counted, line by line, in Swedish.")


class Asked(Answer):
    """A question that was just sent."""

    reference: str
    state: Literal["sent", "claimed", "answered", "closed"]
    legs: list[LegAnswer]
    deadlines: list[DeadlineAnswer]


class MessageAnswer(Answer):
    id: int
    kind: Literal["question", "answer", "follow_up", "explanation", "reopening", "minutes"]
    from_unit: str
    from_party: str
    by: str
    body: str
    at: Time


class NoteAnswer(Answer):
    unit: str
    by: str
    body: str
    at: Time


class EventAnswer(Answer):
    seq: int
    kind: str
    at: Time
    by: str
    state: str
    facts: dict[str, Any]


class PausedAnswer(Answer):
    until: Time
    reason: Literal["consent", "asker", "booked"]


class ExtensionAnswer(Answer):
    """A later day that is proposed and not yet answered."""

    id: int
    promise: Promise
    due_at: Time
    to_at: Time
    reason: Literal["investigation", "another_party", "consent", "extent", "exceptional"]


class BrokenAnswer(Answer):
    """A broken promise of this inquiry, with what its owner has said of it."""

    id: int
    kind: Promise
    due_at: Time
    cause: str | None
    comment: str


class Inquiry(Asked):
    """All that the caller may see. Texts are null or left out for who may see facts only."""

    kind: Kind
    topic: str
    area: str
    mode: str
    from_unit: str
    subject: str | None
    our_reference: str | None
    created_at: Time
    closed_at: str | None
    agreement: str
    meeting: MeetingAnswer | None
    next_steps: list[StepAnswer]
    messages: list[MessageAnswer]
    notes: list[NoteAnswer]
    events: list[EventAnswer]
    paused: list[PausedAnswer]
    extensions: list[ExtensionAnswer]
    breaches: list[BrokenAnswer]


class EntryPointItem(Answer):
    id: str
    name: str
    kind: str
    party: str
    unit: str
    areas: list[str]
    score: float


class ContactPath(Answer):
    status: Literal["structured", "partial", "person_bound", "missing"]
    reason: str
    instead: list[str] = Field(description="The next best entry points, when the path is missing.")
    beside: list[str] = Field(description="Those of the municipalities beside this one, for the same matter.")


class AssessmentAnswer(Answer):
    """What the parties themselves say about a contact path."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    areas: list[str]
    status: Literal["structured", "partial", "person_bound", "missing"]
    note: str


class ContactPathAnswer(Answer):
    """What a contact path is worth, why, and what the parties themselves say."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(
        alias="from", description="Who asks; the successor, where the party has become part of one."
    )
    to: str
    area: str
    topic: str
    status: Literal["structured", "partial", "person_bound", "missing"]
    reason: str
    entry_points: list[str] = Field(description="What the status rests on, best first.")
    instead: list[str] = Field(description="The next best entry points, when the path is missing.")
    municipalities: int = Field(description="How many municipalities were judged.")
    counts: dict[str, int] = Field(description="How many of them have each status.")
    assessments: list[AssessmentAnswer] = Field(description="The narrowest first.")
    disagreement: bool = Field(
        description="Whether the parties say another thing than the entry points show."
    )
    disagreement_reason: str | None


class EntryPoints(Answer):
    """Entry points, best first, and what the contact path is worth."""

    items: list[EntryPointItem]
    total: int
    contact_path: ContactPath


class ChannelAnswer(Answer):
    kind: str
    value: str


class AgreementAnswer(Answer):
    id: str
    name: str
    acknowledge: str | None
    respond: str | None
    meeting: str | None
    because: str


class EntryPoint(Answer):
    """One entry point: how to use it, when not to, and what is promised."""

    id: str
    name: str
    kind: str
    party: str
    unit: str
    areas: list[str]
    party_name: str
    unit_name: str
    status: Literal["active", "paused", "closed"]
    usable: bool = Field(description="Whether the asking party named in `from` may use it.")
    purpose: str
    not_for: str
    requirements: str
    inquiry_kinds: list[str]
    topics: list[str]
    target_groups: list[str]
    from_parties: list[str]
    channels: list[ChannelAnswer]
    phone_hours: str
    takes_inquiries: bool
    keepers: int | None
    verified_on: str | None
    response_working_days: int | None
    meeting_calendar_days: int | None
    contact_path: str
    alternative: str | None
    agreement: AgreementAnswer | None


class BreachAnswer(Answer):
    reference: str
    kind: Promise
    due_at: Time
    found_at: Time
    stopped_at: str | None
    outcome: Literal["on_time", "late", "withdrawn"] | None
    cause: str | None
    comment: str
    gross_working_days: int | None
    net_working_days: int | None
    mailbox: str
    name: str
    from_party: str
    to_party: str


class Breaches(Answer):
    """Broken promises, newest first."""

    items: list[BreachAnswer]
