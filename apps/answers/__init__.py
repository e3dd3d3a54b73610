"""The four business questions and their answers in words, from published gold.

Each question is a file with `read` (gold -> plain rows), `answer` (rows -> words and tables) and `figures` (rows ->
charts), so what is said can be tested without Spark.
"""

from typing import TYPE_CHECKING

from apps.answers import budget, person, runtime, span, success
from apps.answers.answer import Answer, Tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

QUESTIONS = {"budget": budget, "person": person, "runtime": runtime, "success": success}


def read(spark: "SparkSession") -> dict[str, Tables]:
    """The rows that each answer is made of, and under `span` those that say what the data cover."""
    return {"span": span.read(spark)} | {name: question.read(spark) for name, question in QUESTIONS.items()}


def answers(found: dict[str, Tables]) -> dict[str, Answer]:
    """The answer to each question, in order."""
    return {name: question.answer(found[name]) for name, question in QUESTIONS.items()}
