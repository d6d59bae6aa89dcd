"""What Prometheus reads: counts and times by route, never a text, an id or a key."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from otklik.models.live_error import LiveError

SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The measures of one process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "otklik_requests",
            "Requests by route and status.",
            ["route", "method", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "otklik_request_seconds",
            "Time of a request.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self.messages = Counter(
            "otklik_messages",
            "Messages read, by decision.",
            ["decision", "model"],
            registry=registry,
        )
        self.refused = Counter(
            "otklik_refused", "Requests refused, by code.", ["code"], registry=registry
        )
        self.waiting = Gauge("otklik_waiting_messages", "Messages in the queue.", registry=registry)
        self.wait = Gauge(
            "otklik_wait_seconds", "Wait of who comes now, as predicted.", registry=registry
        )
        self.batch_size = Histogram(
            "otklik_batch_messages", "Messages of a micro-batch.", buckets=SIZES, registry=registry
        )
        self.batch_seconds = Histogram(
            "otklik_batch_seconds", "Time of a micro-batch.", buckets=SECONDS, registry=registry
        )
        self.tokens = Counter("otklik_tokens", "Tokens read, about.", registry=registry)
        self.loads = Counter(
            "otklik_model_loads", "Attempts to load a model.", ["loaded"], registry=registry
        )
        self.model = Gauge(
            "otklik_model", "The model that answers.", ["name", "version"], registry=registry
        )

        self.deliveries = Counter(
            "otklik_webhook_deliveries",
            "Attempts to deliver, by result.",
            ["to"],
            registry=registry,
        )
        self.automatic = Gauge(
            "otklik_automatic", "1: automatic routing is on; 0: off.", registry=registry
        )
        self.automatic.set(1)
        self.judged = Gauge(
            "otklik_automatic_answers",
            "Automatic answers of the version that answers, by what people said of them.",
            ["said"],
            registry=registry,
        )

    def observe_automatic(self, found: LiveError, *, on: bool) -> None:
        """Show what the watch over automatic routing has counted."""
        self.automatic.set(int(on))
        for name in ("sent", "corrected", "checked", "wrong"):
            self.judged.labels(name).set(getattr(found, name))

    def observe_batch(self, items: int, tokens: int, seconds: float) -> None:
        """Count a micro-batch."""
        self.batch_size.observe(items)
        self.batch_seconds.observe(seconds)
        self.tokens.inc(tokens)

    def render(self) -> bytes:
        """In the text format of Prometheus."""
        return generate_latest(self.registry)
