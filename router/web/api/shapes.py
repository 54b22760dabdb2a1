"""What the API takes: strict models that refuse what they do not know. The flows decide the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from router.rules.incoming import LONGEST_BODY, LONGEST_REFERENCE, LONGEST_SUBJECT

Kind = Literal["case", "meeting", "sip", "general", "structural", "consultation"]
AnyKind = Literal["", "case", "meeting", "sip", "general", "structural", "consultation"]
# PostgreSQL stores no NUL; every other character is the flows' to judge.
NO_NUL = r"^[^\u0000]*$"
# A meeting beyond this is a slip of the pen, and dates near year 9999 cannot be moved to another time zone.
LAST_YEAR = 2100


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise PydanticCustomError("bad_moment", "not a moment")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("bad_moment", "not a moment") from None
    if not 2000 <= moment.year <= LAST_YEAR:
        raise PydanticCustomError("bad_moment", "not a moment")
    if moment.tzinfo is None:
        raise PydanticCustomError("no_offset", "no offset")
    return moment.astimezone(UTC)


Moment = Annotated[
    datetime, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Id = Annotated[str, Field(max_length=80, pattern=NO_NUL)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_BODY, pattern=NO_NUL)]


class Shape(BaseModel):
    """A JSON object in a request body."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(BaseModel):
    """The parameters of an address. They arrive as text, so numbers are read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        # flask-openapi asks for it at every request; made anew it would cost more than many a look-up.
        return super().model_json_schema(*args, **kwargs) if args or kwargs else _schema(cls)


@cache
def _schema(model: type[Query]) -> dict[str, Any]:
    return super(Query, model).model_json_schema()


class InquiryPath(BaseModel):
    """The address of one inquiry."""

    reference: str = Field(description="The reference of an inquiry.", examples=["SV-7K3M-9QTX"])


class Key(BaseModel):
    """The header of whoever may have to send the same thing again."""

    key: str | None = Field(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Your own key of this request: sent again with it within 24 hours, it is not done again.",
        examples=["5f1c9a7e-3b1f-4c55-9a0e-2d9b1f6c7a10"],
    )


class EntryPointPath(BaseModel):
    """The address of one entry point."""

    entry_point_id: str = Field(description="The id of an entry point.", examples=["af-14-fk"])


class Search(Query):
    """What is looked for in the directory."""

    q: str = Field("", max_length=400, description="Words, also a place.", examples=["rehabilitering"])
    from_party: str = Field(
        "",
        alias="from",
        max_length=80,
        description="The asking party: its id, or a kind of party. What it may not use is left out.",
        examples=["fk"],
    )
    area: str = Field(
        "", max_length=4, description="SCB code of a municipality or county, or SE.", examples=["1493"]
    )
    kind: AnyKind = Field("", description="Kind of inquiry.", examples=["case"])
    limit: int = Field(20, ge=1, le=100, description="How many at most.", examples=[5])


class Asking(Query):
    """Who asks for one entry point, so that the agreement in force can be told."""

    from_party: str = Field(
        "", alias="from", max_length=80, description="The asking party's id, or a kind of party."
    )
    area: str = Field("", max_length=4, description="SCB code, or SE.")


class PathWanted(Query):
    """A contact path: from whom, to whom, about what, where."""

    from_party: str = Field(
        alias="from",
        min_length=1,
        max_length=80,
        description="The asking party: its id, a kind of party, or a kind of unit.",
        examples=["fk"],
    )
    to_party: str = Field(
        alias="to",
        min_length=1,
        max_length=80,
        description="The party to be reached: its id, a kind of party, or a kind of unit as labour_market.",
        examples=["municipality"],
    )
    area: str = Field(
        "",
        max_length=4,
        description="SCB code of a municipality or county, or SE; empty means wherever both parties are. "
        "Over several municipalities the answer is the commonest status.",
        examples=["1493"],
    )
    topic: str = Field(
        "", max_length=80, description="A topic of the directory.", examples=["rehabilitering"]
    )


class ExportWanted(Query):
    """In which form the whole directory is wanted."""

    format: Literal["zip", "json", "xlsx", "hsds", "vcard"] = Field(
        "json",
        description="zip holds a CSV file for each sheet, hsds a JSON file for each table of HSDS 3.0, "
        "vcard the entry points that are open.",
        examples=["hsds"],
    )


class SheetPath(BaseModel):
    """The name of one sheet of the directory."""

    sheet: Literal["parties", "units", "entry_points", "agreements", "assessments", "forums"] = Field(
        description="The sheet.", examples=["entry_points"]
    )


class SheetWanted(Query):
    """In which form a sheet is wanted."""

    format: Literal["csv", "json", "xlsx"] = Field(
        "json", description="CSV and XLSX can be read in again.", examples=["csv"]
    )


class BreachesWanted(Query):
    """Which broken promises are wanted."""

    scope: str = Field(
        "",
        max_length=100,
        description="all, party:ID or mailbox:ID; empty means all that the caller may know of.",
    )
    cause: Literal[
        "",
        "workload",
        "absence",
        "overlooked",
        "wrong_entry",
        "unclear",
        "consent",
        "another_party",
        "technical",
        "other",
        "none",
    ] = Field("", description="Only those of this cause; none means those nobody has explained.")
    limit: int = Field(200, ge=1, le=500, description="How many at most, newest first.", examples=[50])


class Ask(Shape):
    """A question from a unit to an entry point, or to a party that the directory finds the entry point of."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_unit": "fk-14",
                    "to_entry_point": "af-14-fk",
                    "kind": "case",
                    "topic": "rehabilitering",
                    "area": "1493",
                    "subject": "Planering efter sjukskrivning",
                    "body": "Vilket stöd kan en kvinna, 40 år, få hos er när hon börjar arbeta igen?",
                    "our_reference": "A 12",
                    "mode": "deidentified",
                    "wants_meeting": True,
                }
            ]
        }
    )

    from_unit: Id = Field(min_length=1, description="The asking unit; the caller is a caseworker there.")
    to_entry_point: Id | None = Field(None, description="The entry point that is asked.")
    to_party: Id | None = Field(None, description="The party that is asked, when no entry point is named.")
    also_to: list[Id] = Field(
        default_factory=list, max_length=9, description="Further entry points that are asked the same."
    )
    kind: Kind
    topic: Id | None = Field(None, description="The matter, a word of the directory.")
    area: str = Field(pattern=r"^([0-9]{2}|[0-9]{4}|SE)$", description="SCB code, or SE.")
    subject: str = Field(min_length=1, max_length=LONGEST_SUBJECT, pattern=NO_NUL)
    body: Text = Field(description="No personal identity number: a text that holds one is refused.")
    our_reference: str | None = Field(None, max_length=LONGEST_REFERENCE, pattern=NO_NUL)
    mode: Literal["deidentified", "identified_elsewhere"] = "deidentified"
    wants_meeting: bool = Field(False, description="Whether a meeting is asked for, which adds its deadline.")
    protected_identity: bool = Field(
        False,
        description="Whether it is about a person with protected identity: then nothing is stored, "
        "and the answer says where to ring.",
    )


class Write(Shape):
    """A text to the other party, or an internal note."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"body": "Ja, vi kan mötas. Vi föreslår att boka en tid."}]}
    )

    body: Text


class SendOn(Shape):
    """Where a question is sent on to, and what is said about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"to_entry_point": "af-14-ingang", "body": "Det här rör en inskriven arbetssökande."}
            ]
        }
    )

    to_entry_point: Id = Field(min_length=1, description="The entry point that the question goes to.")
    body: str = Field("", max_length=2000, pattern=NO_NUL)
    internal: bool = Field(
        False, description="The text is a note that only the receiver reads; within one party only."
    )


class HandBack(Shape):
    """That a question does not belong here, and where it does if that is known."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to_entry_point": "af-14-ingang", "body": "Det gör vi inte här."}]}
    )

    to_entry_point: Id | None = Field(None, description="The right entry point, if it is known.")
    body: str = Field("", max_length=2000, pattern=NO_NUL)
    send_on: bool = Field(
        True, description="Straight on to the right entry point when the asker may use it; else to the asker."
    )


class Redirect(Shape):
    """Where a question goes that was handed back, or who else is asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to_entry_point": "af-14-ingang"}]})

    to_entry_point: Id = Field(min_length=1)


class Book(Shape):
    """A meeting: when, how long, where."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "starts_at": "2027-01-14T10:00:00+01:00",
                    "minutes": 60,
                    "place": "Arbetsförmedlingen i Mariestad",
                }
            ]
        }
    )

    starts_at: Moment = Field(description="RFC 3339 with an offset from UTC.")
    minutes: int = Field(ge=1, le=480)
    place: str = Field(min_length=1, max_length=200, pattern=NO_NUL)
