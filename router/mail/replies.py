"""What the sender of a mail has written now, without what is quoted. The only importer of mail-parser-reply.

Our own rules go line by line and know the programs that are used in Sweden; the library is asked about what they
do not know, and only of a text that is short enough for its patterns.
"""

from __future__ import annotations

from mailparser_reply import EmailReplyParser

from router.mail import quote_words as words

# Its patterns look at a long line from every place in it: longer lines or texts are not given to it.
_LIBRARY_LINES = 100
_LIBRARY_LINE = 200
_LANGUAGES = ["sv", "en", "da", "de", "fr", "nl", "es", "it", "pl"]
# How many lines a program may break the line into that says who wrote.
_BROKEN = 3
# How many of the lines below "Från:" are looked at, and how many of them must be headers.
_BELOW = 8
_HEADERS = 2
# More than this many lines below a "-- " is no signature.
_SIGNATURE = 25
# A marked line as long as this may have been broken, and its end stand without a mark on the next line.
_BREAKS = 55


def newly_written(text: str) -> str:
    """The newly written part of a text, or the whole of it: when it is answered between the lines that are quoted,
    when it is handed on, or when nothing would be left. Never empty when the text is not; linear in its length.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    whole = "\n".join(lines).strip()
    place = _quote_begins(lines)
    if place is None:
        written = _by_library(whole)
        return _signed_off(written.split("\n")) or written or whole
    if place < 0:
        return whole
    above = "\n".join(lines[:place]).strip()
    answers = _between(lines[place:])
    if above and answers:
        return whole
    if not above:
        return _signed_off(answers) or whole if answers and _is_below(lines[place:]) else whole
    return _signed_off(above.split("\n")) or above


def _quote_begins(lines: list[str]) -> int | None:
    """The line where what is quoted begins; None when there is no such line, -1 when all is handed on."""
    for place, line in enumerate(lines):
        if not line or line.isspace():
            continue
        if words.ABOVE.match(line[:200]):
            return place
        if words.HANDED_ON.match(line[:200]):
            return -1
        if _is_block(lines, place):
            return _with_teller_above(lines, place)
        if any(is_it(lines, place) for is_it in (_is_bar, _is_headers, _is_wrote, _is_notes)):
            return _with_line_above(lines, place)
    return None


def _with_line_above(lines: list[str], place: int) -> int:
    """A line of underscores right above belongs to what is quoted."""
    above = place - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and words.LINE.match(lines[above][:400]) else place


def _with_teller_above(lines: list[str], place: int) -> int:
    """A line right above marked ones that names somebody and a time tells of them, however it is worded."""
    above = place - 1
    while above >= 0 and place - above < _BROKEN and not lines[above].strip():
        above -= 1
    return above if above >= 0 and len(lines[above]) < 300 and words.TOLD.match(lines[above]) else place


def _is_notes(lines: list[str], place: int) -> bool:
    if not any(words.CLOCK.match(line[:100]) for line in lines[place + 1 : place + 3]):
        return False
    below = [line.strip() for line in lines[place + 1 : place + 16] if line.strip()]
    return sum(1 for line in below[:10] if line.lower() in words.NOTES) >= _HEADERS


def _is_bar(lines: list[str], place: int) -> bool:
    line = lines[place][:200]
    return bool(words.BAR.match(line) or words.GROUPWISE.match(line))


def _is_headers(lines: list[str], place: int) -> bool:
    """Whether "Från:" stands here and other headers right below it."""
    if not words.FROM.match(lines[place][:300]):
        return False
    if not any(words.FOLLOWING.match(line[:300]) for line in lines[place + 1 : place + 4]):
        return False
    below = [line[:300] for line in lines[place + 1 : place + 1 + _BELOW] if line.strip()][:6]
    headers = [line for line in below if words.FOLLOWING.match(line)]
    # "Från: Solna / Till: Umeå / Datum: 3 mars" is a journey.
    is_mail = "@" in lines[place][:300] or any(words.OF_MAIL.match(line) for line in headers)
    return is_mail and len(headers) >= _HEADERS


def _is_wrote(lines: list[str], place: int) -> bool:
    """Whether the line, or it and the next ones, says who wrote what follows."""
    joined = ""
    for more in range(_BROKEN):
        line = lines[place + more] if place + more < len(lines) else ""
        if not line.strip() or len(line) > 300:
            return False
        joined = f"{joined} {line.strip().lstrip('> ')}" if joined else line.rstrip()
        if not joined.rstrip().endswith(":") or not words.WROTE.match(joined):
            continue
        following = next((one for one in lines[place + more + 1 : place + more + 4] if one.strip()), "")
        return bool(words.WHEN.search(joined) or words.QUOTED.match(following))
    return False


def _is_block(lines: list[str], place: int) -> bool:
    """Whether lines marked as quoted begin here, below something that is not, without a word of whose they are."""
    if not words.QUOTED.match(lines[place]):
        return False
    return (
        place + 1 >= len(lines) or not lines[place + 1].strip() or bool(words.QUOTED.match(lines[place + 1]))
    )


def _between(quoted: list[str]) -> list[str]:
    """The lines below the first marked one that are neither marked nor of a signature: answers, if there are any."""
    first = next((place for place, line in enumerate(quoted) if words.QUOTED.match(line)), None)
    if first is None or words.GROUPWISE.match(quoted[0]):
        return []
    found: list[str] = []
    for place in range(first + 1, len(quoted)):
        line = quoted[place]
        # Below the headers of another letter all is older, and nobody answers in it.
        if words.SIGNATURE.match(line) or words.BAR.match(line[:200]) or _is_headers(quoted, place):
            break
        if words.QUOTED.match(line) or words.SENT_FROM.match(line[:300]) or words.LINE.match(line[:400]):
            continue
        broken = words.QUOTED.match(quoted[place - 1]) and len(quoted[place - 1]) >= _BREAKS
        if not broken and (line.strip() or found):
            found.append(line)
    return found if any(line.strip() for line in found) else []


def _is_below(quoted: list[str]) -> bool:
    """Whether everything new stands below everything marked."""
    marks = [place for place, line in enumerate(quoted) if words.QUOTED.match(line)]
    inside = quoted[marks[0] : marks[-1] + 1]
    return all(words.QUOTED.match(line) or not line.strip() for line in inside)


def _signed_off(lines: list[str]) -> str:
    """The lines without a signature and without what a telephone says of itself; empty when nothing is left."""
    for place, line in enumerate(lines):
        if words.SIGNATURE.match(line) and place and len(lines) - place <= _SIGNATURE:
            lines = lines[:place]
            break
    end = len(lines)
    while end and _is_of_program(lines[end - 1]):
        end -= 1
    return "\n".join(lines[:end]).strip()


def _is_of_program(line: str) -> bool:
    return not line.strip() or bool(words.SENT_FROM.match(line[:300]) or words.LINE.match(line[:400]))


def _by_library(text: str) -> str:
    """What the library takes to be new, when it is the beginning of the text and what follows says of whom it is."""
    lines = text.split("\n")
    if len(lines) > _LIBRARY_LINES or any(len(line) > _LIBRARY_LINE for line in lines):
        return text
    if not any(line.rstrip().endswith((":", "：")) for line in lines) or not words.WHEN.search(text):
        return text
    try:
        new = (EmailReplyParser(languages=_LANGUAGES).parse_reply(text) or "").split("\n")
    except (RecursionError, ValueError, IndexError):
        return text
    is_beginning = all(one.strip() == other.strip() for one, other in zip(new, lines, strict=False))
    following = " ".join(lines[len(new) :][:_BROKEN])
    return "\n".join(lines[: len(new)]) if is_beginning and words.WHEN.search(following) else text
