"""What is asked of every `/metrics` page, whoever serves it: it parses in both formats, it is the table, and promtool finds no fault.

promtool is that of Debian's package `prometheus`; OMS_PROMTOOL names one that is not on the PATH. It is a setting of tests alone.
"""

import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from oms.runtime.histogram import BOUNDS_NS
from oms.runtime.telemetry import BY_NAME, METRICS, OTHER, PROCESS_METRICS, Bounds, Kind

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
ALERTS = Path(__file__).parents[1] / "deploy" / "prometheus" / "alerts.yaml"

VENUES = frozenset({"XALP", "XBET", "XGAM", "XDEL"})
"""Of the shipped reference data."""

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""(name of the sample, its labels in order) → value."""


def promtool() -> str | None:
    """The program, or None where this machine has none. AssertionError where OMS_PROMTOOL names what is not there."""
    named = os.environ.get("OMS_PROMTOOL")
    assert not named or shutil.which(named), f"OMS_PROMTOOL is {named}: no program"
    return shutil.which(named or "promtool")


def check_with_promtool(page: str) -> None:
    """Not a word from it: it warns about names, units and help texts that break a rule."""
    program = promtool()
    assert program is not None
    done = subprocess.run(
        [program, "check", "metrics"], input=page, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def scrape(port: int, service: str, partitions: int) -> Samples:
    """The samples of a running service of the shipped system, after every check. No label of it is OTHER."""
    page = _get(port, "")
    if promtool() is not None:
        check_with_promtool(page)
    check_openmetrics(_get(port, OPENMETRICS))
    samples = check_page(page, service, Bounds(partitions, VENUES))
    assert not [labels for _, labels in samples if OTHER in dict(labels).values()]
    return samples


def _get(port: int, accept: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": accept})
    with opener.open(request, timeout=10) as answer:
        return str(answer.read().decode())


def check_rules(path: Path) -> None:
    program = promtool()
    assert program is not None
    done = subprocess.run(
        [program, "check", "rules", str(path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def samples_of(page: str) -> Samples:
    """Of a page in the Prometheus text format."""
    found: Samples = {}
    for family in read_text(page):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, f"twice on the page: {key}"
            found[key] = sample.value
    return found


def check_page(page: str, service: str, bounds: Bounds) -> Samples:
    """The page is the table's part for the service, both ways, and every label has a value of its set."""
    families = {family.name: family for family in read_text(page)}
    named = {f"{n}_total" if f.type == "counter" else n for n, f in families.items()}
    wanted = {metric.name for metric in METRICS if service in metric.services} | set(PROCESS_METRICS)
    assert named == wanted, named ^ wanted
    for name, family in families.items():
        metric = BY_NAME.get(f"{name}_total") or BY_NAME.get(name)
        if metric is None:
            assert name in PROCESS_METRICS or f"{name}_total" in PROCESS_METRICS
            continue
        assert (family.type, family.documentation) == (metric.kind.value, metric.help)
        allowed = {label.name: label.values(bounds) | {OTHER} for label in metric.labels} | {"service": {service}}
        for sample in family.samples:
            labels = {k: v for k, v in sample.labels.items() if k != "le"}
            assert labels.keys() == allowed.keys(), sample
            assert all(value in allowed[label] for label, value in labels.items()), sample
        rows = [s for s in family.samples if not s.name.endswith(("_sum", "_count"))]
        series = max_series(metric.name, bounds)
        assert len(rows) <= series * (len(BOUNDS_NS) + 1 if metric.kind is Kind.HISTOGRAM else 1), name
    return samples_of(page)


def check_openmetrics(page: str) -> None:
    """The stricter of the two formats: its parser refuses what breaks its rules."""
    assert page.endswith("# EOF\n")
    assert {family.name for family in read_openmetrics(page)} >= {"oms_build_info", "oms_ready"}


def max_series(name: str, bounds: Bounds) -> int:
    """How many time series a metric can have at most, OTHER included."""
    total = 1
    for label in BY_NAME[name].labels:
        total *= len(label.values(bounds)) + 1
    return total


def value(samples: Samples, name: str, **labels: str) -> float:
    """The sum of all samples of that name with these labels."""
    wanted = set(labels.items())
    return sum(v for (n, given), v in samples.items() if n == name and wanted <= set(given))
