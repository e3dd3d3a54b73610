"""The command that erases a viewer."""

import re
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from apps import show
from lakehouse import settings
from lakehouse.errors import ErasureIncomplete

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def forget(
    user: Annotated[str, typer.Argument(help="The viewer's id at the site, or the pseudonym that tables have.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you mean it.")] = False,
) -> None:
    """Erase a viewer from every table and from PostgreSQL, and say what only time or another command removes.

    Example: moviepulse forget viewer-17
    """
    from batch.maintain import KEEP_DAYS
    from lakehouse.contracts.user_event import USER_KEY
    from lakehouse.spark import answering, connect
    from producers.collector.server import pseudonyms

    config = settings.load()
    user_key = user if re.fullmatch(USER_KEY.form, user) else pseudonyms(config)(user)
    if not yes:
        typer.confirm(f"Erase {user_key} for good?", abort=True)
    spark = connect(config)
    with answering(config):
        _forget(config, spark, user_key)
    show.facts(
        "What is left to do",
        {
            "old files": f"maintenance removes them after {KEEP_DAYS} days: "
            "prefect deployment run maintenance/maintenance",
            "raw exports": "moviepulse export raw FOLDER --topic user_logs, for each folder that has one",
            "Kafka": "the topic user_logs forgets by itself, after its retention",
            "pseudonyms of older secrets": "the same command with MOVIEPULSE_COLLECTOR__PSEUDONYM_KEY and ..._KEY_ID",
        },
    )


def _forget(config: settings.Settings, spark: "SparkSession", user_key: str) -> None:
    """Erase, build what follows, export, and look whether anything is left; raises ErasureIncomplete."""
    from apps.inspect import CATCH_UP_SECONDS, caught_up
    from batch.erasure import BEARERS, built_of, erase, traces
    from flows.gold import gold
    from lakehouse import history
    from lakehouse.clock import utc_now
    from lakehouse.contracts.user_event import TOPIC

    upto = history.version(spark, TOPIC.bronze)
    caught_up(config, CATCH_UP_SECONDS)
    gone = erase(spark, user_key, upto=upto, erasure_id=uuid4().hex, at=utc_now())
    show.grid("Erased", ["table", "rows"], list(gone.items()))
    following = built_of()
    published = sorted(history.written(spark, [table.name for table in following]))
    if published:
        show.verdicts("Built without them", gold(tables=published))
    if config.postgres.host:
        from apps.export import postgres

        postgres()
    if left := traces(spark, (*BEARERS, *following), user_key):
        raise ErasureIncomplete(
            "new events of the viewer came in meanwhile: "
            + ", ".join(f"{name} has {rows} rows" for name, rows in left.items()),
            expected="no row with the viewer's pseudonym",
            hint="stop the events at their source, and repeat the command",
        )
