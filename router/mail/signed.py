"""A mail inside a signature (S/MIME, RFC 8551): taken out to be read. Nothing is verified, nothing is trusted by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SIGNED_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
_SEQUENCE, _CONTEXT, _OCTETS, _OCTETS_IN_PIECES, _OBJECT = 0x30, 0xA0, 0x04, 0x24, 0x06
# Pieces of one value beyond which it is no mail.
_PIECES, _DEPTH = 100_000, 16


class _NoDer(ValueError):
    """These bytes are not built as ASN.1 says (X.690)."""


@dataclass(frozen=True, slots=True)
class _Value:
    tag: int
    start: int
    # Where its content ends; None when only a mark says so (BER's indefinite length).
    end: int | None


def content(signed: bytes) -> bytes | None:
    """The signed mail, from its first header on; None when this is no signed-data or it is signed from outside."""
    try:
        return _content(signed)
    except (_NoDer, IndexError, RecursionError):
        return None


def _content(signed: bytes) -> bytes | None:
    whole = _value(signed, 0)
    inside = list(_children(signed, whole, 2))
    if len(inside) < 2 or not _is_object(signed, inside[0], SIGNED_DATA):
        return None
    data = next(_children(signed, inside[1], 1), None)
    if data is None or data.tag != _SEQUENCE:
        return None
    for child in _children(signed, data, 4):
        if child.tag != _SEQUENCE:
            continue
        said = list(_children(signed, child, 2))
        if len(said) == 2 and _is_object(signed, said[0], DATA) and said[1].tag == _CONTEXT:
            octets = next(_children(signed, said[1], 1), None)
            return b"".join(_octets(signed, octets)) if octets is not None else None
    return None


def _is_object(signed: bytes, value: _Value, wanted: bytes) -> bool:
    return value.tag == _OBJECT and signed[value.start : value.end] == wanted


def _octets(signed: bytes, value: _Value, depth: int = 0) -> Iterator[bytes]:
    if value.tag == _OCTETS and value.end is not None:
        yield signed[value.start : value.end]
    elif value.tag == _OCTETS_IN_PIECES and depth < 3:
        for piece in _children(signed, value, _PIECES):
            yield from _octets(signed, piece, depth + 1)


def _value(signed: bytes, at: int) -> _Value:
    """The value that begins at `at`. Raises _NoDer when it says it is longer than there are bytes."""
    tag, length = signed[at], signed[at + 1]
    if length == 0x80:
        return _Value(tag, at + 2, None)
    start = at + 2
    if length > 0x80:
        more = length & 0x7F
        if more > 4:
            raise _NoDer
        length = int.from_bytes(signed[start : start + more], "big")
        start += more
    if start + length > len(signed):
        raise _NoDer
    return _Value(tag, start, start + length)


def _children(signed: bytes, value: _Value, most: int) -> Iterator[_Value]:
    at = value.start
    for _ in range(most):
        if (value.end is not None and at >= value.end) or signed[at : at + 2] == b"\x00\x00":
            return
        child = _value(signed, at)
        yield child
        at = child.end if child.end is not None else _after(signed, child, 0)


def _after(signed: bytes, value: _Value, depth: int) -> int:
    """Where a value without a length ends: behind the mark after its last child."""
    if depth > _DEPTH:
        raise _NoDer
    at = value.start
    while signed[at : at + 2] != b"\x00\x00":
        child = _value(signed, at)
        at = child.end if child.end is not None else _after(signed, child, depth + 1)
    return at + 2
