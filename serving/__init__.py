"""The HTTP service that the routing layer calls."""
