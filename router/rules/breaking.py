"""When a mail server is left alone: five errors in two minutes open the circuit, and one letter is then the trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ERRORS = 5
WITHIN = timedelta(minutes=2)
REST = timedelta(minutes=2)
# Who is not let in with its password must be helped by a person, and must not be locked out by trying.
SHUT_OUT_REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Circuit:
    """One server's errors since it last did well, and until when it is left alone."""

    errors: tuple[datetime, ...] = ()
    rests_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether nothing may be sent there now. When the rest is over the next letter is a trial."""
        return self.rests_until is not None and now < self.rests_until


def after(circuit: Circuit, *, is_problem: bool, is_shut_out: bool = False, at: datetime) -> Circuit:
    """The circuit after one letter. A problem during a trial opens it again at once, and success closes it."""
    if not is_problem:
        return Circuit()
    errors = (*(one for one in circuit.errors if at - one < WITHIN), at)[-ERRORS:]
    if is_shut_out:
        return Circuit(errors, at + SHUT_OUT_REST)
    is_trial = circuit.rests_until is not None
    return Circuit(errors, at + REST if is_trial or len(errors) >= ERRORS else None)
