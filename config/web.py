"""The doorstep of every page and API call: hosts, headers, CSRF, request ids, and refusals turned into answers."""

from __future__ import annotations

import gc
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from config import clock, logs, words
from config.audit import request_id
from config.errors import Invalid, NotFound, NotSignedIn, Refused, Unavailable
from config.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
LARGEST_REQUEST = 1024 * 1024
# The one page that takes files.
LARGEST_UPLOAD = 8 * 1024 * 1024
UPLOAD_PATH = "/import"
UNVERSIONED_SECONDS = 3600
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Sentences for what Flask itself refuses; any other status is told as a request not understood.
HTTP_CODES = {404: "not_found", 405: "bad_method", 413: "too_large", 415: "not_json"}

csrf = CSRFProtect()
log = logs.get(__name__)


def prepare(app: Flask, settings: Settings) -> None:
    """Give an application the doorstep. Call once, before any route answers."""
    secure = settings.public_url.startswith("https:")
    app.config.update(
        SECRET_KEY=settings.signing_key,
        TRUSTED_HOSTS=list(settings.hosts),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SESSION_COOKIE_NAME="__Host-samvag" if secure else "samvag",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        # The token is bound to the session; a Referer check would fail behind privacy-minded proxies.
        WTF_CSRF_SSL_STRICT=False,
        SEND_FILE_MAX_AGE_DEFAULT=31536000,
    )
    csrf.init_app(app)
    app.jinja_env.globals["csrf_token"] = _csrf_token
    app.before_request(_open_request)
    app.after_request(_close_request)
    app.register_error_handler(Refused, _show_refused)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(OperationalError, _show_busy)
    app.register_error_handler(Exception, _show_fault)
    app.extensions["samvag.secure"] = secure


def settle() -> None:
    """Say that what stands now stands as long as the process. To be called once, when the application is made.

    Looking through all of it for garbage, again and again, would cost a fifth of every page.
    """
    gc.collect()
    gc.freeze()


def is_api() -> bool:
    """Whether the caller wants JSON rather than a page."""
    return request.path.startswith("/api/")


def is_partial() -> bool:
    """Whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers


def bearer_token() -> str | None:
    """The token of an Authorization header, if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def sign_path(app: Flask, path: str) -> str:
    """A path to come back to after signing in, signed so that nobody else can choose it."""
    return str(_paths(app).dumps(path))


def read_path(app: Flask, signed: str | None) -> str | None:
    """The path of `sign_path`, None when it was not signed here."""
    try:
        return str(_paths(app).loads(signed)) if signed else None
    except BadSignature:
        return None


def _paths(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(str(app.config["SECRET_KEY"]), salt="path after signing in")


def _csrf_token() -> str:
    # The same for a whole request, however many forms its page has.
    return str(g.get("csrf_token") or generate_csrf())


def _open_request() -> None:
    g.now = clock.now()
    g.request_id = secrets.token_hex(8)
    request_id.set(g.request_id)
    g.started = clock.monotonic()
    if request.path == UPLOAD_PATH:
        request.max_content_length = LARGEST_UPLOAD
    _refuse_nul()
    if request.method not in SAFE_METHODS and _can_be_forged():
        csrf.protect()


def _refuse_nul() -> None:
    # PostgreSQL stores no NUL, and nobody writes one: refused here once instead of in every query.
    if "\0" in request.path:
        raise NotFound()
    if b"%00" in request.query_string or any("\0" in value for value in _form_values()):
        raise Refused("bad_characters")


def _form_values() -> Iterable[str]:
    # What the API reads of a body it checks itself; looking for a form there would only cost time.
    return () if is_api() or request.method in SAFE_METHODS else request.form.values()


def _can_be_forged() -> bool:
    """Whether another site could have made the browser send this with the person's authority.

    A bearer token is never sent by itself, and a call to the API without a session has no authority at all.
    """
    return bearer_token() is None and not (is_api() and not session)


def _close_request(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.add("Vary", "Cookie, HX-Request")
    elif "v" not in request.args:
        # Only an address that carries a digest of its contents may be kept for long.
        response.cache_control.max_age = UNVERSIONED_SECONDS
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if "started" in g and request.endpoint != "static":
        log.info(
            "request",
            method=request.method,
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            milliseconds=round((clock.monotonic() - g.started) * 1000, 1),
        )
    return response


def _show_refused(error: Refused) -> AnyResponse:
    if isinstance(error, NotSignedIn) and not is_api() and error.code == "not_signed_in":
        where = request.full_path.rstrip("?") if request.method in SAFE_METHODS else "/"
        target = f"/logga-in?vidare={sign_path(current_app, where)}"
        if is_partial():
            return Response(status=401, headers={"HX-Redirect": target})
        return redirect(target)
    return answer(error)


def _show_http(error: HTTPException) -> AnyResponse:
    code = error.code or 500
    if 300 <= code < 400:
        return error.get_response()
    if isinstance(error, SecurityError):
        # Called by a name that is not ours: no page can be made, because no address of it would be true.
        return Response(words.say("refused.bad_host"), code, mimetype="text/plain")
    refused = Refused("csrf" if isinstance(error, CSRFError) else HTTP_CODES.get(code))
    refused.status = code
    response = answer(refused)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _show_busy(error: OperationalError) -> AnyResponse:
    log.error("database_unavailable", error=type(error.orig).__name__)
    response = answer(Unavailable("busy"))
    response.headers["Retry-After"] = "5"
    return response


def _show_fault(error: Exception) -> AnyResponse:
    log.error("fault", error=type(error).__name__, exc_info=error)
    refused = Refused("server_error", request_id=str(g.get("request_id", "")))
    refused.status = 500
    return answer(refused)


def answer(refused: Refused) -> AnyResponse:
    """A refusal as problem+json (RFC 9457) for the API, otherwise as a page in plain Swedish."""
    detail = _sentence(refused)
    if is_api():
        response = jsonify(_problem(refused, detail))
        response.mimetype = "application/problem+json"
        if refused.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="samvag"'
    else:
        response = current_app.make_response(
            render_template(
                "errors/error.html",
                status=refused.status,
                code=refused.code,
                detail=detail,
                facts=refused.facts,
            )
        )
        if is_partial():
            # The page as a whole says what happened, not the part that htmx meant to exchange.
            response.headers["HX-Retarget"] = "body"
            response.headers["HX-Reswap"] = "innerHTML"
    response.status_code = refused.status
    return response


def _sentence(refused: Refused) -> str:
    return words.say(f"refused.{refused.code}", **refused.facts)


def _problem(refused: Refused, detail: str) -> dict[str, Any]:
    problem: dict[str, Any] = refused.members() | {
        "type": f"urn:samvag:problem:{refused.code}",
        "title": HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": detail,
        "code": refused.code,
    }
    if refused.field is not None:
        others = refused.others if isinstance(refused, Invalid) else ()
        problem["pointer"] = refused.field
        problem["errors"] = [{"pointer": refused.field, "detail": detail}] + [
            {"pointer": one.field, "detail": _sentence(one)} for one in others
        ]
    return problem


def forget_session() -> None:
    """Drop everything the cookie holds; a new sign-in never continues an old session."""
    session.clear()
