"""Letters: composing, sending."""
