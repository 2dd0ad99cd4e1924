"""``/metrics`` in the text formats of Prometheus, from figures of the machine and counts kept here."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mockcloud import __version__

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

_GAUGES = {
    "accounts": "Accounts there are.",
    "connections": "Open connections of devices.",
    "downchannels": "Open downchannels.",
    "journal_entries": "Entries in the journals of all accounts.",
}


class Metrics:
    """Counts requests of the control API, and collects for a registry of its own."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._figures: Mapping[str, int] = {}
        self._registry: CollectorRegistry | None = None

    def count(self, method: str, path: str, status: int) -> None:
        """A request was answered; ``path`` is its route's, so that there are only so many."""
        self._requests[method, path, status] += 1

    def page(self, figures: Mapping[str, int], accept: str) -> tuple[bytes, str]:
        """What is known now, and its content type, which ``accept`` chooses."""
        # Only who scrapes pays for the import.
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import choose_encoder

        self._figures = figures
        if self._registry is None:
            self._registry = CollectorRegistry()
            self._registry.register(self)
            ProcessCollector(registry=self._registry)
        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError):  # a version that is not a number
            encode, content_type = choose_encoder("")
        return encode(self._registry), content_type

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

        yield InfoMetricFamily("mockcloud", "The server.", {"version": __version__})
        for name, said in _GAUGES.items():
            yield GaugeMetricFamily(f"mockcloud_{name}", said, self._figures.get(name, 0))
        requests: Any = CounterMetricFamily(
            "mockcloud_control_requests", "Requests of the control API.", labels=("method", "path", "status")
        )
        for (method, path, status), number in sorted(self._requests.items()):
            requests.add_metric((method, path, str(status)), number)
        yield requests
