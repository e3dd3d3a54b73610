"""Rank correlations against values worked out by hand, and that neither they nor means depend on the rows' order."""

import math

import pytest
from pyspark.sql import functions as F

from lakehouse.statistics import centred_rank, exact_mean, rank_correlation, rank_interval


def correlations(spark, **groups):
    """Spearman's correlation of each group's pairs; a pair with a None is left out."""
    pairs = [(name, x, y) for name, pairs in groups.items() for x, y in pairs]
    pair = spark.createDataFrame(pairs, "name string, x long, y long").selectExpr("*", "x + y IS NOT NULL AS known")
    ranked = pair.select(
        "name", *(F.when(F.col("known"), centred_rank(F.col(c), "name", "known")).alias(c) for c in ("x", "y"))
    )
    found = ranked.groupBy("name").agg(rank_correlation(F.col("x"), F.col("y")).alias("found"))
    return {row.name: row.found for row in found.collect()}


def intervals(spark, *given):
    rows = spark.createDataFrame(list(given), "r double, n long")
    low, high = rank_interval(F.col("r"), F.col("n"))
    return [tuple(row) for row in rows.select(low, high).collect()]


def test_spearman_is_one_minus_six_times_the_squared_differences_where_no_two_are_alike(spark):
    found = correlations(
        spark,
        same=[(1, 10), (2, 20), (3, 30)],
        opposite=[(1, 3), (2, 2), (3, 1)],
        mixed=[(1, 2), (2, 1), (3, 4), (4, 3), (5, 5)],  # 1 - 6 * 4 / (5 * 24)
    )
    assert found == {"same": 1.0, "opposite": -1.0, "mixed": 0.8}


def test_equal_values_share_the_mean_of_their_ranks(spark):
    found = correlations(
        spark,
        one_tie=[(1, 5), (2, 6), (3, 7), (4, 8), (5, 7)],  # ranks of y 1, 2, 3.5, 5, 3.5: 8 / sqrt(10 * 9.5)
        two_ties=[(1, 1), (1, 2), (2, 2), (3, 3)],  # -1, -1, .5, 1.5 and -1.5, 0, 0, 1.5
    )
    assert found == {"one_tie": pytest.approx(8 / math.sqrt(95), abs=1e-15), "two_ties": pytest.approx(3.75 / 4.5)}


def test_where_all_are_alike_or_no_pair_is_known_there_is_no_correlation(spark):
    found = correlations(spark, alike=[(1, 1), (1, 2)], single=[(1, 1)], none=[(1, None)])
    assert found == {"alike": None, "single": None, "none": None}


def test_a_pair_with_an_unknown_value_takes_no_rank_from_the_others(spark):
    pairs = [(1, 2), (2, 1), (3, 4), (4, 3), (5, 5)]
    found = correlations(spark, whole=pairs, gaps=[*pairs, (9, None), (None, 0)])
    assert found["gaps"] == found["whole"]


def test_a_centred_rank_is_a_whole_number_and_the_group_s_sum_is_zero(spark):
    value = spark.createDataFrame([(v,) for v in (7.0, 1.0, 7.0, 3.0)], "value double")
    found = [row.rank for row in value.select(centred_rank(F.col("value")).alias("rank")).collect()]
    assert sorted(found) == [-3, -1, 2, 2]


def test_the_interval_is_fisher_s_with_the_standard_error_for_ranks(spark):
    reach = 1.959963984540054 * 1.03 / 10
    (found,) = intervals(spark, (0.5, 103))
    assert found == pytest.approx((math.tanh(math.atanh(0.5) - reach), math.tanh(math.atanh(0.5) + reach)), abs=1e-15)


def test_a_perfect_correlation_has_no_width_and_below_four_pairs_there_is_no_interval(spark):
    assert intervals(spark, (1.0, 50), (-1.0, 50), (0.2, 3), (None, 50)) == [
        (1.0, 1.0), (-1.0, -1.0), (None, None), (None, None),
    ]  # fmt: skip


def test_a_mean_is_the_same_in_whatever_order_the_values_come_and_leaves_the_unknown_out(spark):
    values = [0.1, 0.2, 0.3, 1e9, None]  # as doubles, 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 differ
    found = [
        spark.createDataFrame([(v,) for v in order], "v double").agg(exact_mean(F.col("v"))).first()[0]
        for order in (values, values[::-1])
    ]
    assert found == [1000000000.6 / 4] * 2
    assert spark.createDataFrame([(None,)], "v double").agg(exact_mean(F.col("v"))).first()[0] is None
