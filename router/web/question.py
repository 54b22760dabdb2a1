"""What the form "Ställ en fråga" says, as it was typed, and what is wrong with it field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from config.errors import Invalid, Refused
from config.words import say
from router.flows.receivers import Receiver, UnitName
from router.rules import incoming
from router.rules.incoming import LONGEST_BODY, LONGEST_REFERENCE, LONGEST_SUBJECT, Incoming
from router.rules.terms import InquiryKind, Mode

# Where each part of an Incoming stands on the page.
FIELDS = {
    "/from_unit": "enhet",
    "/person": "p-avid",
    "/kind": "typ",
    "/topic": "amne",
    "/area": "omrade",
    "/subject": "rubrik",
    "/body": "text",
    "/our_reference": "referens",
    "/also_to": "aven",
}
MEETS = (InquiryKind.MEETING.value, InquiryKind.SIP.value)


class Person(StrEnum):
    """Whether the question is about somebody, and how that person may be spoken of."""

    NONE = "nej"
    DEIDENTIFIED = "avid"
    IDENTIFIED_ELSEWHERE = "annat"
    PROTECTED = "skyddad"


@dataclass(frozen=True, slots=True)
class Question:
    """Every field as a text: a form that comes back with an error shows what was typed."""

    to_entry_point: str
    to_party: str
    unit: str
    person: str
    kind: str
    topic: str
    area: str
    subject: str = ""
    body: str = ""
    our_reference: str = ""
    meets: bool = False
    # Further ways in that are asked the same at the same time.
    also: tuple[str, ...] = ()

    def incoming(self) -> Incoming:
        return Incoming(
            from_unit=self.unit,
            kind=self.kind,
            area=self.area,
            subject=self.subject,
            body=self.body,
            to_entry_point=self.to_entry_point,
            to_party="" if self.to_entry_point else self.to_party,
            topic=self.topic,
            our_reference=self.our_reference,
            mode=Mode.IDENTIFIED_ELSEWHERE
            if self.person == Person.IDENTIFIED_ELSEWHERE
            else Mode.DEIDENTIFIED,
            wants_meeting=self.meets,
            protected_identity=self.person == Person.PROTECTED,
            also_to=self.also,
        )

    @property
    def can_be_planned(self) -> bool:
        return bool(self.unit and self.kind and self.area)


def read(
    sent: Mapping[str, str],
    receiver: Receiver,
    units: tuple[UnitName, ...],
    *,
    areas: tuple[str, ...],
    near: str,
) -> Question:
    """Read the form or the address; what neither says is what most questions are."""
    area = sent.get("omrade", near)
    kind = sent.get("typ", receiver.kinds[0] if receiver.kinds else "")
    return Question(
        to_entry_point=receiver.entry_point_id,
        to_party=receiver.party_id,
        unit=sent.get("enhet", units[0].id if len(units) == 1 else ""),
        person=sent.get("person", Person.DEIDENTIFIED),
        kind=kind if kind in receiver.kinds else "",
        topic=sent.get("amne", ""),
        area=area if area in areas else (areas[0] if len(areas) == 1 else ""),
        subject=_lines(sent.get("rubrik", "")),
        body=_lines(sent.get("text", "")),
        our_reference=sent.get("referens", ""),
        meets=kind in MEETS or sent.get("mote", "nej") == "ja",
    )


def faults(question: Question, receiver: Receiver) -> dict[str, str]:
    """What is wrong, in words, by field; all of it at once, so that nobody has to send again and again."""
    found: dict[str, str] = {}
    for field, is_missing in (
        ("/from_unit", not question.unit),
        ("/person", question.person not in tuple(Person)),
        ("/kind", not question.kind),
        ("/area", not question.area),
    ):
        if is_missing:
            found[field] = say(f"question.no_{field[1:]}")
    if question.topic and question.topic not in receiver.topics:
        found["/topic"] = say("question.no_topic")
    for field, text, longest in (
        ("/subject", question.subject, LONGEST_SUBJECT),
        ("/body", question.body, LONGEST_BODY),
        ("/our_reference", question.our_reference, LONGEST_REFERENCE),
    ):
        if refused := _fault(field, text, longest):
            found[field] = fault(refused)
    return found


def fault(refused: Refused) -> str:
    """One refusal in the words of the form."""
    field = (refused.field or "/")[1:]
    code = f"question.{refused.code}_{field}"
    facts = dict(refused.facts)
    if isinstance(start := facts.get("start"), int):
        facts["first"] = start + 1
    words = say(code, **facts)
    return words if words != code else say(f"refused.{refused.code}", **refused.facts)


def _fault(field: str, text: str, longest: int) -> Invalid | None:
    if field == "/our_reference" and not text:
        return None
    try:
        incoming.written(text, field, longest=longest)
    except Invalid as refused:
        return refused
    return None


def _lines(text: str) -> str:
    # Browsers send a break as two signs; places in the text are counted as the person sees them.
    return text.replace("\r\n", "\n")
