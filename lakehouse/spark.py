"""Sessions. A process is either the host (classic, owns every table) or a client of it (Spark Connect), never both."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.errors import HostUnreachable, SetupIncomplete
from lakehouse.java import sharing, use_java
from lakehouse.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_BASE = {
    "spark.app.name": "moviepulse",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    "spark.scheduler.mode": "FAIR",
    "spark.cleaner.referenceTracking.cleanCheckpoints": "true",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Otherwise each operation on a column tells Java by seven calls where in our code it stands.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    # Likewise in Delta's own code: a trace of Java's stack for each, which travels with every task.
    "spark.sql.dataFrameQueryContext.enabled": "false",
    # For the page that is off, Spark writes every query's plan out: a tenth of a large plan's time.
    "spark.sql.ui.explainMode": "simple",
    # Otherwise each cached frame, so each batch, opens a session of its own to switch it off there.
    "spark.sql.sources.bucketing.autoBucketedScan.enabled": "false",
    # Otherwise each commit to a small table runs a query for its checksum file: two thirds of making one.
    "spark.databricks.delta.allFilesInCrc.enabled": "false",
    # Only Kafka delegation tokens need the class that the older token provider cannot link.
    "spark.security.credentials.kafka.enabled": "false",
    "spark.redaction.regex": r"(?i)secret|passw|token|access[._-]?key|api[._-]?key|bearer|jaas|sasl|credential",
}
FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.debug.maxToStringFields": "1",
    "spark.buffer.pageSize": "1m",
}
"""For sessions over a handful of rows, as `spark.conf`: to compile and split each query costs more than it saves."""
_OFTEN = (
    "functions", "PythonUtils", "org.apache.spark.sql.functions", "org.apache.spark.sql.classic.SparkSession",
    "py4j.reflection.TypeUtil", "org.apache.spark.util.Utils", "org.apache.spark.sql.internal.SQLConf",
    "PythonErrorUtils", "org.apache.spark.SparkThrowableHelper", "io.delta.tables.DeltaTable",
)  # fmt: skip
"""What PySpark names at each operation, and at each error, as which the end of every list from Java comes."""


def classic(settings: Settings, *, doors: bool) -> "SparkSession":
    """The one classic session of this process; with `doors` it serves Spark Connect.

    The jars go on the driver's class path: with spark.jars the Thrift server's threads do not see Delta.
    Raises SetupIncomplete where the jars are missing.
    """
    from pyspark.sql import SparkSession

    _environment()
    use_java()
    jars = spark_jars(settings)
    conf = _BASE | {str(key): _text(value) for key, value in settings.spark.conf.items()}
    conf["spark.driver.memory"] = settings.spark.driver_memory
    conf["spark.driver.extraClassPath"] = ":".join(str(jar) for jar in jars)
    shared = " ".join(sharing(settings.jars, "spark"))
    conf["spark.driver.extraJavaOptions"] = (
        f"-Duser.timezone=UTC {settings.spark.java_options} {shared} -Dderby.system.home={settings.root} "
        f"-Dlog4j2.configurationFile={Path(__file__).parent.parent / 'conf' / 'log4j2.properties'}"
    )
    conf["spark.sql.warehouse.dir"] = str(settings.lake / "_warehouse")
    conf["spark.checkpoint.dir"] = str(settings.lake / "_scratch")  # of RDDs that refine themselves, for a run
    if not settings.spark.master.startswith("local"):
        conf["spark.jars"] = ",".join(str(jar) for jar in jars)
    if doors:
        conf |= {
            "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
            "spark.connect.grpc.binding.address": settings.spark.bind_host,
            "spark.hadoop.hive.server2.thrift.bind.host": settings.spark.bind_host,
            "spark.connect.grpc.binding.port": str(settings.spark.connect_port),
            "spark.hadoop.hive.server2.thrift.port": str(settings.spark.thrift_port),
        }
    builder = SparkSession.builder.master(settings.spark.master)
    for key, value in conf.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    for name in _OFTEN:
        _keep(session._jvm, name)
    _forget_sources(session)
    return session


def _forget_sources(session: "SparkSession") -> None:
    """Have Hadoop's settings without the names of the files that they came from.

    Each query's jobs carry all 1,400 settings, and Hadoop would compress those names one by one.
    """
    jvm: Any = session._jvm
    settings = session._jsc.hadoopConfiguration()  # what every query's own begins as
    sources = jvm.java.lang.Class.forName("org.apache.hadoop.conf.Configuration").getDeclaredField("updatingResource")
    sources.setAccessible(True)
    sources.get(settings).clear()


def _keep(jvm: Any, name: str) -> None:
    """Have Py4J look a Java class up once: it does not keep what a name stands for, however it is written."""
    *packages, last = name.split(".")
    here = jvm
    for step in packages:
        setattr(here, step, getattr(here, step))
        here = getattr(here, step)
    kept = _Kept(getattr(here, last))
    setattr(here, last, kept)
    setattr(jvm, name, kept)


class _Kept:
    """A Java class whose members are asked for once: Py4J asks anew at each call, of every function of a query."""

    def __init__(self, java_class: Any) -> None:
        self._class = java_class

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._class, name)
        setattr(self, name, member)
        return member


def connect(settings: Settings) -> "SparkSession":
    """A session on the running host; raises HostUnreachable at once where nothing listens."""
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex((settings.spark.connect_host, settings.spark.connect_port)) != 0:
            raise HostUnreachable("no streaming host answers", where=settings.remote, hint="moviepulse host")
    _environment()
    spark = SparkSession.builder.remote(settings.remote).getOrCreate()
    # The default goes on for ten minutes, at the exit of the process too, when the host is gone.
    spark.client.set_retry_policies([DefaultPolicy(max_retries=6, max_backoff=2000)])
    return spark


@contextmanager
def answering(settings: Settings) -> Iterator[None]:
    """Around a long read over Connect: raises HostUnreachable where the host goes away meanwhile."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        if "StatusCode.UNAVAILABLE" not in str(error):
            raise
        hint = "moviepulse host; then repeat the command"
        raise HostUnreachable("the streaming host answers no longer", where=settings.remote, hint=hint) from error


def disconnect() -> None:
    """End this process's session on the host, if it has one; call while the host still runs."""
    from pyspark.sql import SparkSession

    spark = SparkSession.getActiveSession()
    if spark is not None:
        spark.stop()


def serve_thrift(spark: "SparkSession") -> None:
    """Open the JDBC door of the host: HiveServer2's protocol over the session's own catalog."""
    jvm: Any = spark._jvm
    jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2.startWithContext(spark._jsparkSession.sqlContext())


def spark_jars(settings: Settings) -> list[Path]:
    """The jars that join Spark's class path; raises SetupIncomplete where there are none."""
    jars = sorted((settings.jars / "spark").glob("*.jar"))
    if not jars:
        raise SetupIncomplete("Spark's Delta and Kafka jars are missing", where=str(settings.jars), hint="make setup")
    return jars


def _environment() -> None:
    """Set what Python and Java read from the process's environment."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Workers otherwise take python3 from PATH and miss the environment's packages.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
