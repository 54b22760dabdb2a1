"""A question in the languages of FTS5 and of tsquery, every term quoted: the same question in both."""

from __future__ import annotations

from directory.rules import tokens
from directory.rules.asking import Sought
from directory.rules.tokens import Question


def fts(question: Question, *, any_word: bool = False, closed: bool = False) -> str:
    """The question in FTS5's language, every term quoted."""
    parts = []
    if question.sought:
        sought = (" OR " if any_word else " AND ").join(map(_fts_sought, question.sought))
        parts.append(f"{{name matter owner body}} : ({sought})")
    places = question.places or (tokens.EVERYTHING,)
    parts.append(f"place : ({' OR '.join(map(_fts_token, places))})")
    if question.kind:
        parts.append(f'askers : "k{question.kind}"')
    parts += [f"askers : ({' OR '.join(map(_fts_token, group))})" for group in question.groups]
    askers = f"askers : ({' OR '.join(map(_fts_token, question.askers))})"
    if closed:
        return f"({' AND '.join(parts)}) NOT ({askers})"
    return " AND ".join([*parts, askers] if question.askers else parts)


def vector(question: Question, *, any_word: bool = False, closed: bool = False) -> str:
    """The same in tsquery's language; what filters stands under weight D alone."""
    places = question.places or (tokens.EVERYTHING,)
    parts = []
    if question.sought:
        parts.append(f"({(' | ' if any_word else ' & ').join(map(_vector_sought, question.sought))})")
    parts.append(f"({' | '.join(map(_vector_token, places))})")
    if question.kind:
        parts.append(f"'k{question.kind}':D")
    parts += [f"({' | '.join(map(_vector_token, group))})" for group in question.groups]
    if question.askers:
        parts.append(f"{'!' if closed else ''}({' | '.join(map(_vector_token, question.askers))})")
    return " & ".join(parts)


def _fts_sought(sought: Sought) -> str:
    ways = (" AND ".join(map(_fts_term, way.terms)) for way in sought.ways)
    return f"({' OR '.join(f'({way})' for way in ways)})"


def _fts_term(term: str) -> str:
    return f'("{term}" OR "{tokens.PART}{term}")'


def _vector_sought(sought: Sought) -> str:
    ways = (" & ".join(map(_vector_term, way.terms)) for way in sought.ways)
    return f"({' | '.join(f'({way})' for way in ways)})"


def _vector_term(term: str) -> str:
    return f"('{term}':ABC | '{tokens.PART}{term}':ABC)"


def _fts_token(token: str) -> str:
    return f'"{token[:-1]}" *' if token.endswith("*") else f'"{token}"'


def _vector_token(token: str) -> str:
    return f"'{token[:-1]}':*D" if token.endswith("*") else f"'{token}':D"
