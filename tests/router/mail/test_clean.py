"""HTML of strangers: after cleaning nothing is left that can run, fetch, lead anywhere or be mistaken for ours."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from router.mail import clean
from router.rules.masked import masked

NUMBER = "19900101-2385"
ALLOWED = {"html", "head", "meta", "title", "body"} | clean.INLINE | clean.BLOCKS
# Scripts, handlers and addresses, plainly and hidden; then markup that a second parsing would read otherwise (mXSS).
CORPUS = (
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src='http://127.0.0.1:9/x' loading=eager>",
    "<IMG SRC=\"jav&#x09;ascript:alert('1');\">",
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><script href=data:,alert(1) />",
    "<svg><a xlink:href='javascript:alert(1)'><text>hej</text></a></svg>",
    "<math><mi xlink:href='data:x,<script>alert(1)</script>'>",
    "<iframe src=javascript:alert(1)></iframe><iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=http://127.0.0.1:9/x></object><embed src=http://127.0.0.1:9/y>",
    "<link rel=stylesheet href=http://127.0.0.1:9/z><style>@import 'http://127.0.0.1:9/a'</style>",
    "<div style='background:url(http://127.0.0.1:9/b);position:fixed'>hej</div>",
    "<body background=http://127.0.0.1:9/c onload=alert(1)>",
    "<table background=http://127.0.0.1:9/d><tr><td background=http://127.0.0.1:9/e>",
    "<img srcset='http://127.0.0.1:9/f 1x, http://127.0.0.1:9/g 2x'>",
    "<picture><source srcset=http://127.0.0.1:9/h></picture>",
    "<video poster=http://127.0.0.1:9/i><audio src=http://127.0.0.1:9/j autoplay>",
    "<a href=javascript:alert(1)>hej</a><a href='http://127.0.0.1:9/k' ping='http://127.0.0.1:9/l'>hej</a>",
    "<form action=http://127.0.0.1:9/m><input autofocus onfocus=alert(1)><button formaction=javascript:1>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/n'>",
    "<base href=http://127.0.0.1:9/>",
    "<details open ontoggle=alert(1)>hej</details>",
    "<marquee onstart=alert(1)>hej</marquee>",
    "<p id=__proto__ name=cookie class=sv-konto>hej</p>",
    "<p data-hx-get='/logga-ut' hx-trigger=load>hej</p>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<template><s><template><s><img src=x onerror=alert(1)>@shafigullin</s></template></s></template>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "<!--[if gte mso 9]><img src=x onerror=alert(1)><![endif]--><!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]><?xml version='1.0'?><?php echo 1 ?>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;img src=x onerror=alert(1)&amp;gt;</p>",
    "</body></html><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<plaintext><script>alert(1)</script>",
    "\x00<\x00script>alert(1)</script>",
)


class Seen(HTMLParser):
    """What a browser would find in a document."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(html: str) -> Seen:
    found = Seen()
    found.feed(clean.document(html, masked, title="Mejl"))
    found.close()
    return found


FRAME = {("html", "lang"), ("meta", "charset"), ("meta", "name"), ("meta", "content")}
SPANS = {(tag, name) for tag in ("td", "th") for name in clean.SPANS}


@pytest.mark.parametrize("html", CORPUS)
def test_nothing_is_left_that_runs_fetches_or_leads_anywhere(html: str) -> None:
    for one in (html, f"<div><p>före</p>{html}<p>efter</p></div>"):
        found = seen(one)
        assert found.tags <= ALLOWED
        assert found.attributes <= FRAME | SPANS
        again = clean.document(clean.document(one, masked, title=""), masked, title="")
        assert seen(again).tags <= ALLOWED


def test_what_people_wrote_is_kept() -> None:
    found = seen("<h1>Hej</h1><p>Vi <b>ses</b> på torsdag &amp; fredag.</p><table><td colspan=2>a</table>")
    assert {"h1", "p", "b", "table", "td"} <= found.tags and ("td", "colspan") in found.attributes
    assert "Vi ses på torsdag & fredag." in " ".join(found.text.split())


def test_a_number_is_hidden_however_it_is_cut_up() -> None:
    for html in (NUMBER, "1990<b>0101</b>-23<i>85</i>", "1990<!-- -->0101-2385", "&#49;9900101&#45;2385"):
        assert "2385" not in clean.document(f"<p>{html}</p>", masked, title="")
        assert "85" not in seen(f"<p>{html}</p>").text
    # Two cells are two texts: a figure beside a number does not keep it from being seen.
    assert "2385" not in clean.document(f"<table><td>12</td><td>{NUMBER}</td></table>", masked, title="")


def test_a_letter_of_many_megabytes_takes_no_longer() -> None:
    assert len(clean.document("<p>hej " * 2_000_000, masked, title="")) < 4 * clean.MOST_SIGNS
