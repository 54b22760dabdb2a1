"""Making short opaque references that can be read aloud."""

import secrets

# Crockford's base 32: no I, L, O or U, so nothing is misread or spells a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def make() -> str:
    """A random reference such as SV-7K3M-9QTX: 40 bits, so that it tells nothing of order or number."""
    number = secrets.randbits(40)
    letters = "".join(ALPHABET[number >> place & 31] for place in range(0, 40, 5))
    return f"SV-{letters[:4]}-{letters[4:]}"


def read(text: str) -> str:
    """A reference as somebody typed it, in the form it is stored."""
    plain = text.strip().upper().removeprefix("SV").replace("-", "").replace(" ", "")
    plain = plain.translate(str.maketrans("OIL", "011"))
    return f"SV-{plain[:4]}-{plain[4:]}"
