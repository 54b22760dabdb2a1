"""What went wrong with clocks in programs like ours, and which test holds that it does not go wrong here.

What concerns counting alone is in tests/router/rules/test_peers.py. Merging and splitting are not among our deeds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
HELD = {
    "Zammad 5624: after a move the old group's deadline stayed": (
        "router/flows/test_legs.py",
        "test_the_askers_promises_go_along_and_the_new_mailbox_gets_its_own",
    ),
    "Zammad 4353: what was promised under a rule that is gone": (
        "router/flows/test_agreements.py",
        "test_what_runs_keeps_the_version_it_began_under",
    ),
    "Zammad 5177: a shorter promise overrode the first answer's": (
        "router/rules/test_deadlines.py",
        "test_an_agreement_promises_what_it_names_and_a_meeting_only_when_wanted",
    ),
    "Zammad 3140: the clock ran though the desk had written last": (
        "router/flows/test_clocks.py",
        "test_a_new_message_is_answered_within_its_own_time",
    ),
    "Zammad 1322: an answer through the web did not count": (
        "router/flows/test_desk.py",
        "test_an_answer_in_time_is_recorded_and_the_asker_told",
    ),
    "Zammad 2082: the earliest deadline was not brought up to date": (
        "router/flows/test_agreements.py",
        "test_the_leg_points_at_its_earliest_promise_again",
    ),
    "Zammad 2949, libredesk 70: what is closed was reminded of": (
        "router/flows/test_watch.py",
        "test_an_answered_question_is_not_broken_later",
    ),
    "Zammad 5076: a whole day was taken for two": (
        "router/mail/test_calendar_file.py",
        "test_the_end_of_a_whole_day_is_the_first_day_that_is_free",
    ),
    "Zammad 4432: letters at midnight": (
        "router/flows/test_reminding.py",
        "test_letters_obey_working_hours_and_deadlines_do_not",
    ),
    "Request Tracker: a late answer erased the evidence": (
        "router/flows/test_clocks.py",
        "test_an_extension_never_erases_a_breach",
    ),
    "Request Tracker: a calendar that is edited moves nothing": (
        "router/flows/test_calendars.py",
        "test_local_days_move_what_runs_and_count_what_comes",
    ),
    "Chatwoot: a late answer before anybody looked was a hit": (
        "router/flows/test_clocks.py",
        "test_late_but_before_anybody_looked_is_late",
    ),
    "Chatwoot 10178, 15024: what is over went on being late": (
        "router/flows/test_agreements.py",
        "test_what_is_over_or_broken_is_never_touched",
    ),
    "Chatwoot 11787: what was opened again was counted from long ago": (
        "router/flows/test_clocks.py",
        "test_an_answered_question_is_opened_again_with_a_promise_that_follows_the_old",
    ),
    "osTicket: the department's hours changed the promise": (
        "router/flows/test_legs.py",
        "test_the_asker_sees_one_inquiry_with_the_same_promises",
    ),
    "Alaveteli 6679: a lawful extension was called late": (
        "router/flows/test_clocks.py",
        "test_a_later_day_holds_only_when_the_asker_agrees",
    ),
    "GLPI 6902: a pause was lost": (
        "router/flows/test_clocks.py",
        "test_a_pause_is_kept_when_a_meeting_is_booked_and_cancelled",
    ),
    "Frappe 1554: paused on the page and ticking underneath": (
        "router/flows/test_clocks.py",
        "test_a_pause_moves_every_promise_that_waits_and_tells_the_asker",
    ),
    "Frappe 1542: the first answer kept every promise": (
        "router/flows/test_desk.py",
        "test_closing_at_the_desk_leaves_a_promised_meeting_promised",
    ),
    "healthchecks 212, Notify: what passed while nothing ran was lost": (
        "router/flows/test_watch.py",
        "test_what_was_missed_while_nothing_ran_is_found_in_one_round",
    ),
}


@pytest.mark.parametrize("wrong", HELD)
def test_every_known_mistake_is_held_by_a_test_that_exists(wrong: str) -> None:
    path, name = HELD[wrong]
    assert f"\ndef {name}(" in (TESTS / path).read_text(encoding="utf-8")
