"""Signing in and out on the pages."""

from __future__ import annotations

from flask import Flask

from directory.web.session import KEY
from tests.support.browser import Reader, words
from tests.support.cast import PASSWORD, Cast


def test_a_person_signs_in_and_out(reader: Reader, cast: Cast) -> None:
    answer = reader.sign_in(cast.caseworker)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Alva Ek" in words(reader.get("/"))
    assert "Handläggare" in words(reader.get("/"))

    answer = reader.send("/logga-ut", seen="/")
    assert answer.headers["Location"] == "/logga-in?ut=1"
    assert "Du är utloggad." in words(reader.get("/logga-in?ut=1"))
    assert "Alva Ek" not in words(reader.get("/"))


def test_whoever_is_signed_in_need_not_do_it_again(reader: Reader, cast: Cast) -> None:
    reader.sign_in(cast.caseworker)
    assert reader.get("/logga-in").headers["Location"] == "/"


def test_a_wrong_password_is_told_without_saying_which_was_wrong(reader: Reader, cast: Cast) -> None:
    answers = [
        reader.send("/logga-in", seen="/logga-in", email=email, password="fel lösenord")
        for email in (cast.caseworker.email, "nobody@samvag.example")
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert "E-postadressen och lösenordet hör inte ihop" in words(answer)
        assert "fel lösenord" not in answer.text
    assert f'value="{cast.caseworker.email}"' in answers[0].text


def test_after_many_wrong_ones_the_page_says_how_long_to_wait(reader: Reader, cast: Cast) -> None:
    for _ in range(5):
        reader.send("/logga-in", seen="/logga-in", email=cast.caseworker.email, password="fel")
    assert "Vänta 1 minut" in words(reader.sign_in(cast.caseworker))


def test_one_comes_back_to_where_one_was_going(reader: Reader, cast: Cast) -> None:
    reader.client.application.extensions["samvag.settings"] = reader.client.application.extensions[
        "samvag.settings"
    ].model_copy(update={"directory_open": False})
    asked = reader.get("/sok?q=rehab").headers["Location"]
    answer = reader.send(
        "/logga-in",
        seen=asked,
        email=cast.caseworker.email,
        password=PASSWORD,
        vidare=asked.partition("vidare=")[2],
    )
    assert answer.headers["Location"] == "/sok?q=rehab"


def test_nobody_else_can_choose_where_one_comes(reader: Reader, cast: Cast) -> None:
    for onward in ("https://elsewhere.example/", "//elsewhere.example", "x.y"):
        assert reader.sign_in(cast.caseworker, vidare=onward).headers["Location"] == "/"
        reader.send("/logga-ut", seen="/")


def test_a_form_of_another_site_signs_nobody_in_or_out(app: Flask, cast: Cast) -> None:
    reader = Reader(app)
    refused = reader.client.post("/logga-in", data={"email": cast.caseworker.email, "password": PASSWORD})
    assert refused.status_code == 400
    reader.sign_in(cast.caseworker)
    assert reader.client.post("/logga-ut").status_code == 400
    assert "Alva Ek" in words(reader.get("/"))


def test_a_session_that_ends_at_sign_out_cannot_be_used_again(app: Flask, cast: Cast) -> None:
    reader = Reader(app)
    reader.sign_in(cast.caseworker)
    with reader.client.session_transaction() as session:
        old = dict(session)
    reader.send("/logga-ut", seen="/")
    with reader.client.session_transaction() as session:
        assert KEY not in session
        session.update(old)
    assert "Alva Ek" not in words(reader.get("/"))
