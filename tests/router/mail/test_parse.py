"""What is read out of a mail: the text to read, the files beside it, and nothing that was not meant."""

from __future__ import annotations

import base64
import binascii

import pytest

from router.mail import parse, structure
from router.mail.parsed import Parsed
from router.rules.terms import MailKind

HEAD = b"From: anna@kommun.example\r\nTo: rehab@af.example\r\nSubject: Prov\r\nMIME-Version: 1.0\r\n"
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(20)


def mail(type: str, *parts: bytes, closed: bool = True) -> bytes:
    """A multipart of these parts, each with its own headers."""
    inside = b"".join(b"--gr\r\n" + part + b"\r\n" for part in parts)
    return (
        HEAD
        + f'Content-Type: multipart/{type}; boundary="gr"\r\n\r\n'.encode()
        + inside
        + b"--gr--\r\n" * closed
    )


def text(words: str, headers: bytes = b"") -> bytes:
    return PLAIN + headers + b"\r\n" + words.encode()


def page(markup: str, headers: bytes = b"") -> bytes:
    return b"Content-Type: text/html; charset=utf-8\r\n" + headers + b"\r\n" + markup.encode()


def file(type: str, content: bytes, headers: bytes = b"") -> bytes:
    packed = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return (
        f"Content-Type: {type}\r\nContent-Transfer-Encoding: base64\r\n".encode() + headers + b"\r\n" + packed
    )


def named(read: Parsed) -> list[tuple[str, int]]:
    return [(one.name, one.size) for one in read.files]


def test_of_two_alternatives_the_plain_one_is_the_text() -> None:
    read = parse.read(mail("alternative", text("Hej!"), page("<p>Hej <b>du</b>!</p>")))
    assert (read.text, read.html, read.files) == ("Hej!", "<p>Hej <b>du</b>!</p>", ())


def test_an_empty_plain_alternative_is_passed_over() -> None:
    assert parse.read(mail("alternative", text(" \r\n"), page("<p>Hej</p><p>du</p>"))).text == "Hej\n\ndu"


def test_texts_beside_each_other_are_one_text() -> None:
    assert parse.read(mail("mixed", text("Ett"), page("<div>två</div>"), text("tre"))).text == "Ett\ntvå\ntre"


def test_a_named_text_is_a_file_and_so_is_an_attached_one() -> None:
    attached = text("b", b"Content-Disposition: attachment\r\n")
    read = parse.read(
        mail("mixed", text("Hej"), text("a", b'Content-Disposition: inline; filename="a.txt"\r\n'), attached)
    )
    assert (read.text, named(read)) == ("Hej", [("a.txt", 1), ("text-2.txt", 1)])


def test_a_lone_named_text_is_both_read_and_kept() -> None:
    read = parse.read(HEAD + text("Hej", b'Content-Disposition: attachment; filename="hej.txt"\r\n'))
    assert (read.text, named(read)) == ("Hej", [("hej.txt", 3)])


def test_a_picture_in_the_text_is_a_file() -> None:
    picture = file("image/png", PICTURE, b"Content-ID: <bild@x>\r\nContent-Disposition: inline\r\n")
    read = parse.read(mail("related", page('Hej <img src="cid:bild@x">'), picture))
    assert (read.text, named(read)) == ("Hej", [("image-1.png", 28)])


def test_a_calendar_is_a_file_wherever_it_stands() -> None:
    calendar = b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR"
    assert named(parse.read(mail("alternative", text("Hej"), calendar))) == [("text-1.ics", 15)]


def test_a_mail_in_the_mail_is_a_file_called_after_its_subject_and_its_text_is_not_ours() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nFrom: b@c.example\r\nSubject: =?utf-8?q?M=C3=B6te?=\r\n\r\nHemligt"
    read = parse.read(mail("mixed", text("Se nedan"), inner))
    assert (read.text, [one.name for one in read.files]) == ("Se nedan", ["Möte.eml"])


def test_the_resource_half_of_a_macintosh_file_is_no_file() -> None:
    double = mail("appledouble", file("application/applefile", b"x" * 9), file("image/png", PICTURE))
    assert named(parse.read(double)) == [("image-1.png", 28)]


def test_a_signature_is_a_file_and_the_signed_text_the_text() -> None:
    signature = file(
        "application/pkcs7-signature", b"xyz", b'Content-Disposition: attachment; filename="smime.p7s"\r\n'
    )
    read = parse.read(mail("signed", text("Hej"), signature))
    assert (read.text, named(read)) == ("Hej", [("smime.p7s", 3)])


def value(tag: int, content: bytes) -> bytes:
    """One value of ASN.1 (X.690): tag, length, content."""
    size = len(content)
    return bytes((tag,)) + (bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2, "big")) + content


@pytest.mark.parametrize("has_length", [True, False])
def test_a_mail_inside_a_signature_is_read_through(has_length: bool) -> None:
    oid = bytes.fromhex("06092a864886f70d0107")
    octets = value(0x04, PLAIN + b"\r\nHej ") + value(0x04, b"inifr\xc3\xa5n " + b"x" * 200)
    pieces = value(0x24, octets) if has_length else b"\x24\x80" + octets + b"\x00\x00"
    data = value(0x30, oid + b"\x01" + value(0xA0, pieces))
    signed = value(0x30, b"\x02\x01\x01" + value(0x31, b"") + data)
    whole = value(0x30, oid + b"\x02" + value(0xA0, signed))
    read = parse.read(HEAD + file("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", whole))
    assert (read.text[:11], read.files) == ("Hej inifrån", ())


def test_an_encrypted_mail_is_a_file() -> None:
    whole = value(0x30, bytes.fromhex("06092a864886f70d010703") + b"\x00" * 9)
    assert named(parse.read(HEAD + file("application/pkcs7-mime; name=smime.p7m", whole))) == [
        ("smime.p7m", 22)
    ]


def test_uuencoded_files_are_taken_out_of_the_text() -> None:
    body = "Se listan.\nbegin 644 lista.txt\n" + binascii.b2a_uu(b"rad\n" * 5).decode() + "`\nend\nHej"
    read = parse.read(HEAD + text(body))
    assert (read.text.split(), named(read)) == (["Se", "listan.", "Hej"], [("lista.txt", 20)])


def test_a_sentence_that_begins_like_uuencode_stays() -> None:
    body = "begin 644 metoder är vad vi har\nDet är många.\nend\n"
    assert parse.read(HEAD + text(body)).text == body.strip()


def test_flowed_lines_are_joined() -> None:
    flowed = b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
    words = "Det här \r\ngår ihop\r\n-- \r\nAnna".encode()
    assert parse.read(HEAD + flowed + words).text == "Det här går ihop\n-- \nAnna"


@pytest.mark.parametrize(
    ("raw", "holds", "defect"),
    [
        (HEAD + b"Hej utan rad\r\n", "Hej utan rad", "no_blank_line"),
        (mail("mixed", text("Hej"), closed=False), "Hej", "not_closed"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\nHej", "Hej", "no_parts"),
        (HEAD + b"Content-Type: multipart/mixed\r\n\r\n--gr\r\n\r\nHej\r\n--gr--", "Hej", "wrong_boundary"),
        ((HEAD + text("Hej")).replace(b"\r\n", b"\r"), "Hej", "bare_cr"),
        (HEAD + b"\xc5ngra: x\r\nX-A: b\r\n" + text("Hej"), "Hej", "broken_header"),
        (b"Rec\xffived from a\r\n by b\r\n" + HEAD + text("Hej"), "Hej", "broken_header"),
        (HEAD + file("text/plain", b"Hej!")[:-3], "Hej!", "broken_base64"),
        (HEAD + b"Content-Type: text/plain; charset=okand\r\n\r\nHej", "Hej", "unknown_charset"),
    ],
)
def test_what_is_broken_is_read_and_said(raw: bytes, holds: str, defect: str) -> None:
    read = parse.read(raw)
    assert (read.text, read.shown_sender, read.kind) == (holds, "anna@kommun.example", MailKind.HUMAN)
    assert defect in read.defects


@pytest.mark.parametrize("ends", [b"\n", b"\r", b"\r\n", b"\r\r\n"])
def test_line_ends_make_no_difference(ends: bytes) -> None:
    raw = mail("mixed", text("Hej\r\ndu"), file("image/png", PICTURE)).replace(b"\r\n", ends)
    read = parse.read(raw)
    assert (read.text, named(read), read.subject) == ("Hej\ndu", [("image-1.png", 28)], "Prov")


@pytest.mark.parametrize(
    ("raw", "because"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (PICTURE, "no_headers"),
        (b"bara text\n", "no_headers"),
        (b"a: b\n", "no_headers"),
    ],
)
def test_what_is_no_mail_is_said_to_be_none(raw: bytes, because: str) -> None:
    assert (parse.read(raw).kind, parse.read(raw).because) == (MailKind.UNPARSED, because)


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (b"=?utf-8?Q?r=C3=A4?= =?utf-8?Q?ksm=C3?=\r\n =?utf-8?B?pXI=?=", "räksmår"),
        (b"=?iso-8859-1?Q?=E5?=x=?iso-8859-1?Q?=E4?=", "åxä"),
        (b"=?utf-8?B?SGVq", "=?utf-8?B?SGVq"),
        (b"r\xe4ksm\xf6rg\xe5s", "räksmörgås"),
        (b"a\r\n b\r\n\tc", "a b c"),
        (b"a\x00b\x07", "ab"),
    ],
)
def test_subjects_are_decoded_as_they_are(header: bytes, subject: str) -> None:
    assert parse.read(b"From: a@b.example\r\nSubject: " + header + b"\r\n\r\nHej").subject == subject


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"filename*=utf-8''r%C3%A4k.pdf", "räk.pdf"),
        (b"filename*0*=iso-8859-1''r%E4; filename*1*=k%E5; filename*2=.pdf", "räkå.pdf"),
        (b'filename*0="lang"; filename*1="t namn.pdf"', "langt namn.pdf"),
        (b'filename="=?utf-8?Q?r=C3=A4k.pdf?="', "räk.pdf"),
        (b'filename="r\xc3\xa4k.pdf"', "räk.pdf"),
        (b"filename=mitt namn.pdf", "mitt namn.pdf"),
        (b'filename="a;b.pdf"', "a;b.pdf"),
        (b'filename="halv.pdf; size=3', "halv.pdf"),
        (b'filename="C:\\mapp\\a.pdf"', "a.pdf"),
        (b"filename=", "application-1.pdf"),
    ],
)
def test_file_names_are_read_in_every_way_they_are_written(header: bytes, name: str) -> None:
    raw = HEAD + file("application/pdf", b"%PDF", b"Content-Disposition: attachment; " + header + b"\r\n")
    assert [one.name for one in parse.read(raw).files] == [name]


def test_what_it_answers_is_told_nearest_first() -> None:
    raw = HEAD + b"Message-ID: <a b@c>\r\nIn-Reply-To: <3@x>\r\nReferences: <1@x>\r\n <2@x> <3@x>\r\n\r\nHej"
    read = parse.read(raw)
    assert (read.message_id, read.answers) == ("ab@c", ("3@x", "2@x", "1@x"))


def test_too_many_parts_and_too_deep_ones_are_said_not_to_be_unpacked() -> None:
    many = parse.read(mail("mixed", *[text("x")] * (structure.PARTS + 50)))
    assert {"too_many_parts", "not_unpacked"} <= set(many.defects)
    deep = b"Hej"
    for level in range(structure.DEPTH + 5):
        deep = f"Content-Type: multipart/mixed; boundary=g{level}\r\n\r\n--g{level}\r\n".encode() + deep
    assert {"too_deep", "not_unpacked"} <= set(parse.read(HEAD + deep).defects)


def test_a_boundary_nested_in_itself_hides_no_file() -> None:
    inner = (
        b"Content-Type: multipart/alternative; boundary=gr\r\n\r\n--gr\r\n" + text("Hej") + b"\r\n--gr--\r\n"
    )
    read = parse.read(mail("mixed", inner, file("image/png", PICTURE)))
    assert (read.text, named(read)) == ("Hej", [("image-1.png", 28)])


def test_more_files_than_a_hundred_are_not_unpacked() -> None:
    read = parse.read(mail("mixed", *[file("image/png", PICTURE)] * 120))
    assert (len(read.files), "too_many_files" in read.defects) == (100, True)
