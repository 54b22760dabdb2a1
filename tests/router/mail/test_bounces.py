"""What mail servers say of a letter that did not arrive: in fields, in a header, in words."""

from __future__ import annotations

import pytest

from router.mail import bounces, delivery_status
from router.mail.parsed import Bounce
from router.mail.view import Part, View

DAEMON = "mailer-daemon@mx.example"
GONE = "borta@kommun.example"


def reported(*blocks: str, text: str = "", letter: str = "") -> View:
    status = "Reporting-MTA: dns; mx.example\n\n" + "\n\n".join(blocks)
    parts = [Part("text/plain", text), Part("message/delivery-status", status)]
    if letter:
        parts.append(Part("message/rfc822", letter))
    return View(
        content_type="multipart/report",
        report_type="delivery-status",
        shown_sender=DAEMON,
        subject="Undelivered Mail",
        text=text,
        parts=tuple(parts),
    )


def written(text: str, subject: str = "failure notice", sender: str = DAEMON, **headers: str) -> View:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return View(
        headers=named, subject=subject, shown_sender=sender, text=text, parts=(Part("text/plain", text),)
    )


def block(address: str = GONE, action: str = "failed", status: str = "5.1.1") -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}"


def test_the_recipient_that_failed_is_found_among_those_that_did_not() -> None:
    view = reported(
        block("framme@kommun.example", "delivered", "2.0.0"),
        block("sen@kommun.example", "delayed", "4.2.2"),
        block(),
        letter="Message-ID: <brev@samvag.example>\nTo: en@x.example\n\n",
    )
    assert bounces.read(view) == Bounce(GONE, "5.1.1", True, "brev@samvag.example")


def test_a_warning_is_a_bounce_that_is_not_final() -> None:
    assert bounces.read(reported(block(action="delayed", status="4.4.1"))) == Bounce(GONE, "4.4.1", False)


def test_a_letter_given_up_after_days_is_final_whatever_its_status() -> None:
    assert bounces.read(reported(block(status="4.4.7"))) == Bounce(GONE, "4.4.7", True)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_that_all_arrived_is_no_bounce(action: str) -> None:
    view = reported(block(action=action, status="2.0.0"))
    assert bounces.read(view) is None
    assert bounces.has_arrived(view)


@pytest.mark.parametrize(
    "fields",
    [
        f"Original-Recipient: rfc822;{GONE}\nFinal-Recipient: rfc822;annan@mx.example\nAction: failed\nStatus: 5.0.0",
        f"Final-Recipient: RFC822; <{GONE}>\nAction: failed (bad address)\nStatus: 5.0.0 (permanent)",
        f"Final-Recipient: {GONE}\nAction: Failed\nStatus: 5.0.0",
        f"Final-Recipient: rfc822;\n {GONE}\nAction: failed\nDiagnostic-Code: smtp; 550 5.0.0 no",
        f"X-Actual-Recipient: rfc822; {GONE}\nFinal-Recipient: LOCAL;borta\nAction: failed\nStatus: 5.0.0",
    ],
)
def test_fields_are_read_however_servers_write_them(fields: str) -> None:
    assert bounces.read(reported(fields)) == Bounce(GONE, "5.0.0", True)


def test_blocks_that_run_into_each_other_are_told_apart() -> None:
    text = "\n".join([block("a@x.example", "delivered", "2.0.0"), block(), block("c@x.example")])
    found = delivery_status.recipients(text)
    assert [one.address for one in found] == ["a@x.example", GONE, "c@x.example"]


def test_a_report_names_no_more_recipients_than_anybody_asks_for() -> None:
    view = reported(*[block(f"n{number}@x.example") for number in range(1000)])
    assert len(delivery_status.reported(view)) <= delivery_status.RECIPIENTS


def test_the_address_in_the_text_is_taken_when_the_fields_have_none() -> None:
    text = f"Meddelandet till {GONE} kunde inte levereras."
    assert bounces.read(reported("Action: failed\nStatus: 5.1.1", text=text)) == Bounce(GONE, "5.1.1", True)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (f"Det gick inte att leverera meddelandet till:\n\n{GONE}\n", "Olevererbart: Förfrågan"),
        (f"Leverans till följande mottagare misslyckades:\n\n  {GONE}\n", "Leveransfel"),
        (f"Ditt meddelande till {GONE} kunde inte levereras.\n", "Kan inte levereras: Förfrågan"),
        (f"Mottagaren {GONE} finns inte.\n", "Leveransen misslyckades"),
        (f"<{GONE}>:\nSorry, no mailbox here by that name. (#5.1.1)\n", "failure notice"),
        (f"<{GONE}>: host mx.example said: 550 no such user\n", "Undelivered Mail Returned to Sender"),
        (f"Ihre Nachricht konnte nicht zugestellt werden:\n{GONE}\n", "Unzustellbar: Frage"),
    ],
)
def test_words_of_a_server_name_the_address(text: str, subject: str) -> None:
    found = bounces.read(written(text, subject, to="studs+brev@samvag.example"))
    assert found is not None
    assert (found.address, found.is_final) == (GONE, True)


def test_the_one_that_the_bounce_is_sent_to_is_not_the_one_that_failed() -> None:
    text = f"A message that you sent could not be delivered.\nFrom studs+brev@samvag.example to {GONE}\n"
    found = bounces.read(written(text, to="studs+brev@samvag.example"))
    assert found is not None
    assert found.address == GONE


def test_a_letter_that_is_returned_is_not_late_whatever_its_last_attempt_said() -> None:
    text = f"421 {GONE}... Deferred: Connection timed out\n"
    found = bounces.read(written(text, "Returned mail: Cannot send message for 4 days"))
    assert found is not None
    assert (found.address, found.is_final) == (GONE, True)


@pytest.mark.parametrize(
    ("copy", "ident"),
    [
        (
            "--- Below this line is a copy of the message.\n\nMessage-ID: <brev@samvag.example>\n",
            "brev@samvag.example",
        ),
        ("> Message-Id:\n>  <brev@samvag.example>\n", "brev@samvag.example"),
        ("Original message headers:\n\nMessage-ID: <brev@samvag.example>\n", "brev@samvag.example"),
        ("", ""),
    ],
)
def test_the_letter_is_known_by_what_is_quoted_of_it(copy: str, ident: str) -> None:
    found = bounces.read(written(f"Your message could not be delivered to\n{GONE}\n\n{copy}"))
    assert found is not None
    assert found.message_id == ident


def test_the_letter_is_known_by_what_the_bounce_answers_when_nothing_is_quoted() -> None:
    found = bounces.read(written(f"User unknown: {GONE}", in_reply_to="<brev@samvag.example>"))
    assert found is not None
    assert found.message_id == "brev@samvag.example"


@pytest.mark.parametrize(
    "subject", ["Re: Undelivered Mail Returned to Sender", "VB: failure notice", "Fråga"]
)
def test_a_person_who_quotes_a_bounce_sends_none(subject: str) -> None:
    text = f"Hej! Vad är detta?\n\n> Your message to {GONE} could not be delivered.\n"
    assert (
        bounces.read(written(text, subject, "anna@kommun.example", user_agent="Mozilla Thunderbird")) is None
    )


def test_a_person_may_write_that_a_letter_could_not_be_delivered() -> None:
    text = "Hej! Posten sade att brevet inte kunde levereras. Kan ni skicka det igen?"
    assert bounces.read(written(text, "Brevet kom inte fram", "anna@kommun.example")) is None


def test_a_receipt_that_refuses_is_a_bounce_and_another_receipt_is_none() -> None:
    def receipt(text: str) -> View:
        fields = f"Final-Recipient: rfc822; {GONE}\nDisposition: automatic-action/MDN-sent-automatically; deleted\n"
        return View(
            content_type="multipart/report",
            report_type="disposition-notification",
            text=text,
            parts=(Part("text/plain", text), Part("message/disposition-notification", fields)),
        )

    refused = bounces.read(receipt(f"Your message to <{GONE}> was automatically rejected: full"))
    assert refused == Bounce(GONE, "5.0.0", True)
    assert bounces.read(receipt("Your message was deleted without being read.")) is None
