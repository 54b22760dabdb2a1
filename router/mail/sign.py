"""Signing letters (DKIM, RFC 6376); the only importer of dkim."""

from __future__ import annotations

from config.settings import Settings

# Each of these is named once more than it stands there, so that nobody can add another in front of ours.
ONCE = (b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References")
SIGNED = (*ONCE, *ONCE, b"Auto-Submitted", b"MIME-Version", b"Content-Type")


def signed(content: bytes, settings: Settings) -> bytes:
    """The letter with our signature before it, or as it is when no key is configured.

    Raises ValueError for a key that is none: the installation's fault and no letter's.
    """
    if not (settings.dkim_selector and settings.dkim_key):
        return content
    # The library takes longer to load than most commands run; only who signs pays for it.
    import dkim  # noqa: PLC0415

    domain = settings.mail_sender.rpartition("@")[2].encode("idna")
    try:
        header = dkim.sign(
            content,
            settings.dkim_selector.encode(),
            domain,
            settings.dkim_key.encode(),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=list(SIGNED),
        )
    except dkim.DKIMException as error:
        raise ValueError(f"the key of DKIM signs nothing: {type(error).__name__}") from error
    return bytes(header) + content
