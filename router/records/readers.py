"""What of an inquiry with several legs one person may read. Whether they may is asked of the policy each time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records import queries
from router.records.models import Deadline, Event, Message
from router.rules import legs as rules
from router.rules.terms import DeadlineScope, EventKind


class Reader:
    """One person before one inquiry."""

    def __init__(self, found: queries.Found, actor: Actor, *, at_desk: bool) -> None:
        self._found = found
        self._actor = actor
        self._roots = rules.roots(found.legs)
        self.at_desk = at_desk
        # The legs that took part in each meeting of which there are minutes or steps.
        self.took_part: Mapping[int, frozenset[int]] = {}

    def may_read(self, message: Message) -> bool:
        """Whether a message is for this person's side."""
        if message.meeting_id is not None:
            return self.may_read_meeting(message.meeting_id, message.at)
        return self._may(Action.READ, message.leg_id, message.kind, message.at)

    def may_know(self, event: Event) -> bool:
        """Whether an event is of this person's leg; the asker and those who see facts only know of all."""
        kind = {EventKind.ASKED: "question", EventKind.ANSWERED: "answer"}.get(EventKind(event.kind), "")
        return not self.at_desk or self._may(Action.READ, event.leg_id, kind, event.at)

    def may_read_meeting(self, meeting_id: int, at: datetime) -> bool:
        """Whether what was said at a meeting is for this person: the asker, and every leg that took part."""
        if not self.at_desk:
            return access.may(self._actor, Action.READ, Scope(unit_id=self._found.inquiry.from_unit_id))
        legs = self.took_part.get(meeting_id, frozenset())
        return any(self._may(Action.READ, one, "", at) for one in legs)

    def may_read_of(self, leg_id: int | None, at: datetime) -> bool:
        """Whether what came in for a leg, and became no message, is for this person's side."""
        return self._may(Action.READ, leg_id, "", at)

    def is_promised(self, deadline: Deadline) -> bool:
        """The asker sees what the asker was promised; a desk that, of its own question, and what it promised itself."""
        if deadline.scope == DeadlineScope.LEG:
            return self.at_desk and deadline.leg_id == self._found.leg.id
        return not self.at_desk or self._roots.get(deadline.leg_id) == self._roots[self._found.leg.id]

    def is_own(self, message: Message) -> bool:
        """Whether this person's own side wrote it."""
        from_desk = message.kind in ("answer", "explanation")
        if message.kind == "minutes":
            # Either side writes them.
            from_desk = message.from_unit_id != self._found.inquiry.from_unit_id
        if not self.at_desk or not from_desk:
            return from_desk is self.at_desk
        return message.from_party_id == self._found.leg.party_id

    def _may(self, action: Action, of_leg: int | None, kind: str, at: datetime) -> bool:
        inquiry = self._found.inquiry
        readers = rules.readers(
            self._found.legs, of_leg=of_leg, kind=kind, at=at, is_shared=inquiry.answers_shared_at is not None
        )
        scope = Scope(unit_id=inquiry.from_unit_id, mailbox_ids=readers)
        return access.may(self._actor, action, scope)
