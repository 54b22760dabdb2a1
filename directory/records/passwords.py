"""What is stored of a password, a session id or a token: never the secret itself."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's Argon2id figures (19 MiB, two passes, one lane): about 33 ms, where the library's own cost
# 150-360.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when there is no such account, so that an unknown address takes as long as a known one.
NOBODY = HASHER.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    return HASHER.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is no account or no password at all."""
    try:
        HASHER.verify(password_hash or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def digest(secret: str) -> str:
    """What is stored of a session id or token: useless to whoever reads the database."""
    return hashlib.sha256(secret.encode()).hexdigest()
