"""Pages and API of the router."""
