"""HTML as a reader would read it."""

from __future__ import annotations

import time

import pytest

from router.mail import readable


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Ett</p><p>Två<br>tre</p>", "Ett\n\nTvå\ntre"),
        ("<div>A</div><div>B</div>", "A\nB"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("<ul><li>x<li>y</ul>", "- x\n- y"),
        ("a <b>b</b>\n  c&nbsp;&aring;", "a b c å"),
        ("<style>p{}</style><script>alert(1)</script><title>t</title>Hej", "Hej"),
        ("<!-- dold -->Hej<!doctype x><?xml y?>", "Hej"),
        ("<blockquote type=cite><p>a</p>b</blockquote>c", "> a\n>\n> b\n\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<div style="display:none">smyg</div>Hej', "Hej"),
        ('<div style="display: none">allt</div>', "allt"),
        ('<a title="a>b">Hej</a>', "Hej"),
        ("5 < 6 <b>x", "5 < 6 x"),
        ("Hej<script>aldrig slut", "Hejaldrig slut"),
        ("a\u200bb\u00adc", "abc"),
    ],
)
def test_html_becomes_the_text_that_is_seen(markup: str, text: str) -> None:
    assert readable.text(markup) == text


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<!--",
        '<a "',
        "<script>",
        "<blockquote type=cite>",
        "<p>x",
        "&",
        "a<b",
        '<td style="display:none">',
    ],
)
def test_markup_without_an_end_costs_no_more_than_its_length(unit: str) -> None:
    started = time.process_time()
    readable.text(unit * (150_000 // len(unit)))
    assert time.process_time() - started < 2
