"""What the API takes about meetings."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from router.rules.meeting_outcomes import LONGEST_MINUTES
from router.rules.next_steps import LONGEST_STEP, MOST_STEPS
from router.web.api.clock_shapes import LARGEST
from router.web.api.shapes import NO_NUL, Moment, Query, Shape

MeetingKind = Literal["planning", "sip", "reconciliation", "consultation", "joint_mapping"]
Form = Literal["", "room", "phone", "video"]
Day = Field(max_length=10, pattern=NO_NUL, description="A day, as 2027-01-20.")


class TimePath(BaseModel):
    """The address of one proposed time."""

    reference: str = Field(description="The reference of an inquiry.", examples=["SV-7K3M-9QTX"])
    time_id: int = Field(ge=0, le=LARGEST, description="The id of a proposed time.", examples=[1])


class StepPath(BaseModel):
    """The address of one next step."""

    reference: str = Field(description="The reference of an inquiry.", examples=["SV-7K3M-9QTX"])
    step_id: int = Field(ge=0, le=LARGEST, description="The id of a next step.", examples=[1])


class TimesWanted(Query):
    """How long the meeting is to be for which common times are wanted."""

    minutes: int = Field(60, ge=1, le=480, description="How long the meeting is.", examples=[60])


class Invite(Shape):
    """Who takes part: the asking side, a receiver, a way in of the directory, or somebody without an account."""

    is_asker: bool = Field(False, description="The asking side.")
    mailbox_id: str | None = Field(None, max_length=80, pattern=NO_NUL, description="A receiver's mailbox.")
    entry_point_id: str | None = Field(None, max_length=80, pattern=NO_NUL)
    party_id: str | None = Field(None, max_length=80, pattern=NO_NUL)
    address: str = Field("", max_length=254, pattern=NO_NUL)
    name: str = Field("", max_length=200, pattern=NO_NUL)
    function: str = Field("", max_length=120, pattern=NO_NUL)
    is_required: bool = True
    has_mandate: bool | None = Field(None, description="Whether it may decide for its party; null: not said.")
    form: Form = ""
    place: str = Field("", max_length=200, pattern=NO_NUL)


class Propose(Shape):
    """Times for a meeting, and who takes part. Without participants: the asking side and every receiver."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "minutes": 60,
                    "place": "Arbetsförmedlingen i Mariestad",
                    "times": ["2027-01-14T10:00:00+01:00", "2027-01-15T13:00:00+01:00"],
                    "kind": "planning",
                }
            ]
        }
    )

    minutes: int = Field(ge=1, le=480)
    place: str = Field(min_length=1, max_length=200, pattern=NO_NUL)
    times: list[Moment] = Field(min_length=1, max_length=50, description="RFC 3339, each with its offset.")
    kind: MeetingKind = "planning"
    is_present: bool = Field(False, description="Whether the person takes part.")
    why: str = Field(
        "", max_length=2000, pattern=NO_NUL, description="Why it is wished; it leaves in no letter."
    )
    consent: Literal["", "oral", "written"] = ""
    consent_on: str | None = Field(None, max_length=10, pattern=NO_NUL, description="A day, as 2027-01-20.")
    participants: list[Invite] = Field(default_factory=list, max_length=50)
    answer_by: Moment | None = Field(None, description="The last moment to answer.")
    shows_addresses: bool = Field(False, description="The parties agree that invitations name addresses.")


class BallotShape(Shape):
    """What is said of one time."""

    time: int = Field(ge=0, le=LARGEST)
    answer: Literal["yes", "maybe", "no"]


class CastVote(Shape):
    """What one participant of the caller's own side says of the proposed times."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"participant": 1, "ballots": [{"time": 1, "answer": "yes"}]}]}
    )

    participant: int = Field(ge=0, le=LARGEST, description="The id of a participant.")
    ballots: list[BallotShape] = Field(
        max_length=50, description="A time that is not named keeps its answer."
    )
    suggestion: Moment | None = Field(None, description="Another time, wished instead.")
    has_mandate: bool | None = None


class AgreedStep(Shape):
    """Who does what by when."""

    participant: int = Field(ge=0, le=LARGEST)
    what: str = Field(min_length=1, max_length=LONGEST_STEP, pattern=NO_NUL)
    due_on: str = Day


class EndMeeting(Shape):
    """What came of the meeting, after its hour."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "held": True,
                    "absent": [],
                    "minutes": "Vi enades om arbetsprövning på halvtid.",
                    "steps": [{"participant": 1, "what": "Bokar plats", "due_on": "2027-01-20"}],
                    "closes": False,
                }
            ]
        }
    )

    held: bool = Field(description="False: it never came about, and its promise goes on where it stood.")
    absent: list[int] = Field(
        default_factory=list, max_length=50, description="Ids of participants who did not come."
    )
    minutes: str = Field("", max_length=LONGEST_MINUTES, pattern=NO_NUL)
    steps: list[AgreedStep] = Field(default_factory=list, max_length=MOST_STEPS)
    closes: bool = Field(
        False, description="Whether the inquiry is closed with it; not while a step is left."
    )
