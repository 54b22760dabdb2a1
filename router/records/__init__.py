"""Tables and questions of the router. Never commits."""
