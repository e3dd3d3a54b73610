"""Trains recommendations, judges them, and publishes them where they are better than what everybody likes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prefect import flow, get_run_logger, task
from prefect.runtime import flow_run

from batch import build, staging
from batch.recommend import Evaluated, evaluate, likings, recommended, verdict
from expectations.check import check, passed
from flows import session
from flows.retry import RETRY, is_again
from lakehouse import delta, settings
from lakehouse.clock import utc_now
from lakehouse.contracts.recommendation import RECOMMENDATION_EVALUATION, TITLE_RECOMMENDATION
from lakehouse.contracts.viewing import RATING, WATCH_HISTORY
from lakehouse.settings import Recommend

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Recommended:
    """What a run found: how good each method is, the version that was published, or why none was."""

    run_id: str
    evaluated: tuple[Evaluated, ...]
    version: int | None
    why_not: str | None


@flow(name="recommend")
def recommend() -> Recommended:
    """Train on the newest likings, hold out each user's last ones to judge, and publish only what is better."""
    done = train(str(flow_run.id))
    get_run_logger().info("%s", done)
    return done


@task(name="train", **RETRY)
def train(run_id: str) -> Recommended:
    """One run: the rows of the evaluation are added whether the recommendations are published or not."""
    chosen = settings.load().recommend
    with session() as spark:
        run = build.begun(spark, [TITLE_RECOMMENDATION], build.Run(run_id, full=True))
        versions = {name: one.version for name, one in run.pins.items()}
        rating, watched = (delta.at_version(spark, name, versions[name]) for name in (RATING.name, WATCH_HISTORY.name))
        given = likings(rating, watched, chosen).persist()  # read a dozen times, by three methods and the model
        try:
            found = evaluate(given, chosen)
            why_not = verdict(found, chosen)
            version = _published(spark, run, given, chosen) if why_not is None else None
        finally:
            given.unpersist()
        told = {
            "run_id": run_id,
            "evaluated_at": utc_now(),
            "feedback": chosen.feedback,
            "is_published": version is not None,
        }
        rows = [tuple((told | vars(one))[name] for name in RECOMMENDATION_EVALUATION.names) for one in found]
        if rows:
            frame = spark.createDataFrame(rows, RECOMMENDATION_EVALUATION.struct)
            delta.append(frame, RECOMMENDATION_EVALUATION.name, metadata={"run_id": run_id, "inputs": versions})
    return Recommended(run_id, tuple(found), version, why_not)


def _published(spark: "SparkSession", run: build.Run, given: "DataFrame", chosen: Recommend) -> int:
    """Stage, check and publish the lists that all likings give; returns the version."""
    staged = build.stage(
        spark,
        TITLE_RECOMMENDATION,
        run,
        rows=lambda _rating, _watched, dim_title: recommended(given, dim_title, chosen),
    )
    assert staged is not None  # a full run always stages
    with staging.waiting(spark, staged):
        rows = staging.candidate(spark, staged)
        found = check(rows, TITLE_RECOMMENDATION, run_id=run.id, stage="staged", at=utc_now())
        passed(spark, found, again=is_again())
        return build.publish(spark, staged).version
