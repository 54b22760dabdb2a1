"""Somebody at a browser: a profile of their own, and a record of all that goes wrong on any page they see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.support.house import Login

DESK = 1280
TELEPHONE = 390
HEIGHT = {DESK: 900, TELEPHONE: 844}
PATIENCE_MILLISECONDS = 15_000

# Several browsers and servers share the machine with the other tests; a slow page is no wrong one.
expect.set_options(timeout=PATIENCE_MILLISECONDS)


@dataclass
class Visitor:
    """`page` is what they look at. `allowed` are the refusals that the test means to meet."""

    page: Page
    address: str
    has_scripts: bool = True
    allowed: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        """Go to a page, by its path or by the whole address in a letter."""
        answer = self.page.goto(path if "://" in path else self.address + path)
        assert answer is not None
        return answer

    def sign_in(self, login: Login, *, first: str = "/logga-in") -> None:
        """Sign in on the page that asks for it, on the way to `first`."""
        self.open(first)
        self.fill_in(login)

    def fill_in(self, login: Login) -> None:
        """Give address and password on the sign-in page that is shown."""
        self.page.get_by_label("E-post").fill(login.email)
        self.page.get_by_label("Lösenord", exact=True).fill(login.password)
        self.page.get_by_role("main").get_by_role("button", name="Logga in").click()
        self.page.wait_for_url(lambda url: "/logga-in" not in url)

    @property
    def path(self) -> str:
        """Where they are, without the house's own address."""
        return self.page.url.removeprefix(self.address)

    def listen(self, context: BrowserContext) -> None:
        """Write down errors of scripts, of the content policy and of what a page fetches."""
        context.on("weberror", lambda error: self.wrong.append(f"{self.path}: {error.error}"))
        context.on("console", self._on_console)
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A refused request says the same in the console; `_on_response` knows whether it was meant.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.wrong.append(f"{self.path}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.wrong.append(f"{self.path} reaches for {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.wrong.append(f"{self.path}: {response.status} from {response.url}")


@contextmanager
def visit(
    browser: Browser,
    address: str,
    *,
    javascript: bool = True,
    width: int = DESK,
    colours: Literal["light", "dark"] = "light",
) -> Iterator[Visitor]:
    """A visitor with empty cookies. What went wrong on any of their pages fails the test when they leave."""
    context = browser.new_context(
        locale="sv-SE",
        timezone_id="Europe/Stockholm",
        java_script_enabled=javascript,
        viewport={"width": width, "height": HEIGHT.get(width, 800)},
        color_scheme=colours,
        has_touch=width <= TELEPHONE,
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    visitor = Visitor(context.new_page(), address, javascript)
    visitor.listen(context)
    try:
        yield visitor
    finally:
        context.close()
    assert not visitor.wrong, "\n".join(visitor.wrong)
