"""Tables and questions of the directory. Never commits."""
