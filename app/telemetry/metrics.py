"""What is counted in this process. Labels take values that we chose, never what somebody sent: there are few."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_REQUESTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_JOBS = (0.01, 0.1, 1.0, 5.0, 30.0, 120.0, 600.0)

REQUESTS = Counter(
    "seatmark_requests",
    "Requests by operation (a registered operation's name, the field on the root, or the address), and how they ended.",
    ["operation", "result"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "seatmark_request_seconds", "From a request to its answer.", ["operation"], buckets=_REQUESTS, registry=REGISTRY
)
EXECUTION_SECONDS = Histogram(
    "seatmark_execution_seconds",
    "In the resolvers of an operation, the SQL they wait for with it.",
    ["kind"],
    buckets=_REQUESTS,
    registry=REGISTRY,
)
SQL_SECONDS = Histogram(
    "seatmark_sql_seconds",
    "In a statement, with the wait for a connection where it takes one.",
    buckets=_QUICK,
    registry=REGISTRY,
)
POOL_WAIT_SECONDS = Histogram(
    "seatmark_pool_wait_seconds", "Until a connection was free.", ["pool"], buckets=_QUICK, registry=REGISTRY
)
POOL_WAITING = Gauge("seatmark_pool_waiting", "Who waits for a connection now.", ["pool"], registry=REGISTRY)
JOBS = Counter(
    "seatmark_jobs", "Sweeps and jobs by name, and how they ended: done, failed or interrupted.", ["job", "result"],
    registry=REGISTRY,
)  # fmt: skip
JOB_SECONDS = Histogram("seatmark_job_seconds", "From a job to its end.", ["job"], buckets=_JOBS, registry=REGISTRY)
