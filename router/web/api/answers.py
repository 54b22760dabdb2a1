"""What the API answers, as plain dictionaries made of the flows' values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.words import explain, rfc3339
from directory.flows.lookup import EntryView, Found, Item
from directory.rules.agreements import Choice
from router.flows.board import BreachRow
from router.flows.intake import Asked
from router.flows.protected import Phone
from router.flows.reading import InquiryView, Step, Written
from router.rules import steps
from router.rules.shown import MovedView
from router.rules.terms import InquiryState, LegState
from router.web.api import meeting_answers

Json = dict[str, Any]


def asked(done: Asked) -> Json:
    """An inquiry that was just made, from what the flow decided: nothing is read back."""
    target = done.plan.receiver.target
    return {
        "reference": done.reference,
        "state": InquiryState.SENT.value,
        "legs": [
            {
                "mailbox": target.mailbox_id,
                "entry_point": target.entry_point_id,
                "state": LegState.WAITING.value,
                "because": explain(done.plan.because),
            }
        ],
        "deadlines": [
            {
                "kind": one.kind.value,
                "due_at": rfc3339(one.due_at),
                "outcome": None,
                "because": explain(one.because),
                "explanation": list(steps.lines(steps.as_json(one.steps))),
            }
            for one in done.plan.promises
        ],
    }


def inquiry(view: InquiryView) -> Json:
    """All that this person may see of an inquiry."""
    return {
        "reference": view.reference,
        "state": view.state,
        "legs": [
            {
                "mailbox": one.mailbox_id,
                "entry_point": one.entry_point_id,
                "state": one.state,
                "because": explain(one.because),
            }
            for one in view.legs
        ],
        "deadlines": [
            {
                "kind": one.kind,
                "due_at": rfc3339(one.due_at),
                "outcome": one.outcome,
                "because": explain(one.because),
                "explanation": list(steps.lines(one.steps)),
            }
            for one in view.deadlines
        ],
        "kind": view.kind,
        "topic": view.topic,
        "area": view.area,
        "mode": view.mode,
        "from_unit": view.asker.unit_id,
        # Who sees facts only, an administrator, is told null rather than an empty text.
        "subject": view.subject if view.content else None,
        "our_reference": view.our_reference if view.content else None,
        "created_at": rfc3339(view.created_at),
        "closed_at": rfc3339(view.closed_at),
        "agreement": explain(view.agreement_because),
        "meeting": meeting_answers.meeting(view.meeting, content=view.content),
        "next_steps": meeting_answers.next_steps(view.next_steps, content=view.content),
        "messages": [_message(one) for one in view.written if one.kind != "note"],
        "notes": [_note(one) for one in view.written if one.kind == "note"],
        "events": [_event(one) for one in view.events],
        **_moved(view.moved),
    }


def _moved(moved: MovedView) -> Json:
    """What stands still, what is proposed, what was broken."""
    return {
        "paused": [{"until": rfc3339(one.until), "reason": one.reason} for one in moved.paused],
        "extensions": [
            {
                "id": one.id,
                "promise": one.promise,
                "due_at": rfc3339(one.due_at),
                "to_at": rfc3339(one.to_at),
                "reason": one.reason,
            }
            for one in moved.proposals
        ],
        "breaches": [
            {
                "id": one.id,
                "kind": one.kind,
                "due_at": rfc3339(one.due_at),
                "cause": one.cause,
                "comment": one.comment,
            }
            for one in moved.breaches
        ],
    }


def _message(one: Written) -> Json:
    return {
        "id": one.id,
        "kind": one.kind,
        "from_unit": one.side.unit_id,
        "from_party": one.side.party_id,
        "by": one.by,
        "body": one.body,
        "at": rfc3339(one.at),
    }


def _note(one: Written) -> Json:
    return {"unit": one.side.unit_id, "by": one.by, "body": one.body, "at": rfc3339(one.at)}


def _event(one: Step) -> Json:
    facts = {
        name: explain(value) if isinstance(value, Mapping) else value for name, value in one.facts.items()
    }
    return {
        "seq": one.seq,
        "kind": one.kind,
        "at": rfc3339(one.at),
        "by": one.by,
        "state": one.state,
        "facts": facts,
    }


def found(result: Found) -> Json:
    """A page of entry points, and what the contact path is worth."""
    return {
        "items": [_item(one) | {"score": one.score} for one in result.items],
        "total": result.total,
        "contact_path": {
            "status": result.path.status.value,
            "reason": explain(result.path.because),
            "instead": [one.id for one in result.path.instead],
            "beside": [one.id for one in result.beside],
        },
    }


def _item(one: Item) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "party": one.party,
        "unit": one.unit,
        "areas": one.areas,
    }


def entry_point(view: EntryView) -> Json:
    """One entry point with how to use it, when not to, and what is promised."""
    item = view.item
    return _item(item) | {
        "party_name": item.party_name,
        "unit_name": item.unit_name,
        "status": view.status.value,
        "usable": view.usable,
        "purpose": item.purpose,
        "not_for": view.not_for,
        "requirements": view.requirements,
        "inquiry_kinds": view.inquiry_kinds,
        "topics": view.topics,
        "target_groups": view.target_groups,
        "from_parties": item.from_parties,
        "channels": [{"kind": kind, "value": value} for kind, value in view.channels],
        "phone_hours": item.phone_hours,
        "takes_inquiries": item.has_mailbox,
        "keepers": item.keepers,
        "verified_on": item.verified_on.isoformat() if item.verified_on else None,
        "response_working_days": item.response_working_days,
        "meeting_calendar_days": item.meeting_calendar_days,
        "contact_path": item.status.value,
        "alternative": view.alternative.id if view.alternative else None,
        "agreement": _agreement(view.agreement),
    }


def _agreement(choice: Choice | None) -> Json | None:
    if choice is None:
        return None
    terms = choice.candidate
    return {
        "id": terms.id,
        "name": terms.name,
        "acknowledge": str(terms.acknowledge) if terms.acknowledge else None,
        "respond": str(terms.respond) if terms.respond else None,
        "meeting": str(terms.meeting) if terms.meeting else None,
        "because": explain(choice.because),
    }


def breach(row: BreachRow) -> Json:
    """One broken promise, without a word of what was asked."""
    return {
        "reference": row.reference,
        "kind": row.kind,
        "due_at": rfc3339(row.due_at),
        "found_at": rfc3339(row.found_at),
        "stopped_at": rfc3339(row.stopped_at),
        "outcome": row.outcome,
        "cause": row.cause,
        "comment": row.comment,
        "gross_working_days": row.gross_days,
        "net_working_days": row.net_days,
        "mailbox": row.mailbox_id,
        "name": row.to_name,
        "from_party": row.from_party,
        "to_party": row.to_party,
    }


def phone(one: Phone) -> Json:
    """A number to ring when nothing may be written."""
    return {
        "entry_point": one.entry_point_id,
        "name": one.name,
        "phone": one.phone,
        "phone_hours": one.phone_hours,
        "requirements": one.requirements,
    }
