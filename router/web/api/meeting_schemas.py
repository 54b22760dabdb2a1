"""The shapes of answers about meetings, for the API's description."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class Answer(BaseModel):
    """An answer holds what is described here and nothing else; the tests compare the two."""

    model_config = ConfigDict(extra="forbid")


class BallotAnswer(Answer):
    participant: int
    answer: Literal["yes", "maybe", "no"]


class ProposedTime(Answer):
    """A proposed time. `fits_all`: everybody required has said yes. `in_term`: it keeps the promise of a meeting."""

    id: int
    starts_at: Time
    because: list[str]
    suggested_by: str = Field(description="Who wishes it instead of the times that were proposed.")
    ballots: list[BallotAnswer]
    in_term: bool
    fits_all: bool


class ParticipantAnswer(Answer):
    """Who takes part: a function at a party."""

    id: int
    party: str
    name: str
    function: str
    is_asker: bool
    is_own: bool
    has_mandate: bool | None
    is_required: bool
    form: Literal["", "room", "phone", "video"]
    place: str
    answer: Literal["needs_action", "accepted", "tentative", "declined"]
    attended: bool | None
    address: str | None = Field(description="Only where the parties have agreed that addresses are shown.")


class MeetingAnswer(Answer):
    """The newest meeting of an inquiry. `starts_at` is null while its times are voted on."""

    id: int
    kind: Literal["planning", "sip", "reconciliation", "consultation", "joint_mapping"]
    state: Literal["proposed", "booked", "held", "not_held", "cancelled"]
    starts_at: Time | None
    minutes: int
    place: str
    is_present: bool
    why: str | None = Field(description="Null for who may see facts only.")
    consent: Literal["", "oral", "written"]
    consent_on: Day | None
    answer_by: Time | None
    shows_addresses: bool
    due_at: Time | None = Field(description="Until when a meeting is promised.")
    warnings: list[str]
    times: list[ProposedTime]
    participants: list[ParticipantAnswer]
    ended_at: Time | None


class StepAnswer(Answer):
    """What was agreed at a meeting. `is_promise`: a receiver took it on, so it has a deadline."""

    id: int
    meeting: int
    participant: int
    party: str
    name: str
    what: str | None = Field(description="Null for who may see facts only.")
    due_on: Day
    state: Literal["open", "done", "withdrawn"]
    is_late: bool
    is_promise: bool
    done_at: Time | None
    done_by: str


class FreeTime(Answer):
    """A common time. The lists name who is free, perhaps taken, and not there."""

    starts_at: Time
    minutes: int
    because: list[str]
    free: list[str]
    unsure: list[str]
    missing: list[str]
    in_term: bool


class FreeTimes(Answer):
    """Common times, the best first. `measured` is what meets the promise: a meeting booked, or held."""

    items: list[FreeTime]
    due_at: Time | None
    measured: Literal["", "booked", "held"]
