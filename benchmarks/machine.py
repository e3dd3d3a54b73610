"""What a figure depends on besides the code: the machine and how busy it was, without naming it."""

import os
import platform
from importlib.metadata import version
from typing import Any

import psutil

from lakehouse.clock import iso, utc_now

PACKAGES = ("pyspark", "delta-spark", "confluent-kafka", "polars", "deltalake")


def facts() -> dict[str, Any]:
    """Cores, memory, versions, and the load before the measurement."""
    return {
        "at": iso(utc_now()),
        "cores": psutil.cpu_count(),
        "memory GiB": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "load before": [round(load, 2) for load in os.getloadavg()],
        "busy before": busy(),
    }


def busy(seconds: float = 3.0) -> float:
    """The share of all cores that other processes use, measured while this one waits."""
    return round(psutil.cpu_percent(interval=seconds) / 100, 2)
