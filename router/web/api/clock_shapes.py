"""What the API takes about promises."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from router.flows.causes import LONGEST
from router.web.api.shapes import NO_NUL, Shape

# A row's number; anything larger is no row of any database.
LARGEST = 2**31 - 1


class ExtensionPath(BaseModel):
    """The address of one proposed day of an inquiry."""

    reference: str = Field(description="The reference of an inquiry.", examples=["SV-7K3M-9QTX"])
    extension_id: int = Field(ge=0, le=LARGEST, description="The id of a proposed day.", examples=[1])


class BreachPath(BaseModel):
    """The address of one broken promise of an inquiry."""

    reference: str = Field(description="The reference of an inquiry.", examples=["SV-7K3M-9QTX"])
    breach_id: int = Field(ge=0, le=LARGEST, description="The id of a broken promise.", examples=[1])


class Pause(Shape):
    """Whom the desk waits for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "consent"}]})

    reason: Literal["consent", "asker"]


class Extend(Shape):
    """A later day for a promise, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"promise": "respond", "to": "2026-12-03", "reason": "investigation"}]
        }
    )

    promise: Literal["respond", "respond_again", "meeting"]
    to: str = Field(max_length=10, pattern=NO_NUL, description="A working day, as 2026-12-03.")
    reason: Literal["investigation", "another_party", "consent", "extent", "exceptional"]


class Settle(Shape):
    """Whether the asker agrees to the proposed day."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agrees": True}]})

    agrees: bool


class Join(Shape):
    """The inquiry that goes on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": "SV-7K3M-9QTX"}]})

    into: str = Field(min_length=1, max_length=20, pattern=NO_NUL, description="The reference of an inquiry.")


class Split(Shape):
    """The message that becomes an inquiry of its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"message": 1}]})

    message: int = Field(ge=0, le=LARGEST, description="The id of a follow_up.")


class GiveCause(Shape):
    """Why a promise was broken."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cause": "absence", "comment": "Två var sjuka samtidigt."}]}
    )

    cause: Literal[
        "workload",
        "absence",
        "overlooked",
        "wrong_entry",
        "unclear",
        "consent",
        "another_party",
        "technical",
        "other",
    ]
    comment: str = Field("", max_length=LONGEST, pattern=NO_NUL)
