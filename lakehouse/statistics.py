"""Columns for rank correlations, sums and means that are the same, bit for bit, in whatever order the rows arrive.

A sum of doubles differs in its last bits from build to build; sums of whole numbers and of decimals do not.
"""

from pyspark.sql import Column, Window
from pyspark.sql import functions as F

NORMAL_975 = 1.959963984540054
"""The 97.5 % point of the normal distribution: 95 % lie within so many standard errors."""


def centred_rank(value: Column, *among: str) -> Column:
    """Twice the distance of a value's rank from the middle rank of its group, ties averaged: a whole number.

    It sums to 0 over the group, the rows alike in `among`. No value of the group may be NULL: where some are, name
    among them a column that tells the known apart.
    """
    group = Window.partitionBy(*among)
    lowest_rank = F.rank().over(group.orderBy(value))
    alike = F.count("*").over(Window.partitionBy(*among, value))
    return (2 * lowest_rank + alike - F.count("*").over(group) - 2).cast("long")


def rank_correlation(x: Column, y: Column) -> Column:
    """Spearman's correlation of a group from its rows' centred ranks; NULL where all are alike, or no rank is known.

    A row has both ranks or, where it is to be left out, neither. Two million rows of a group are no overflow yet.
    """
    found = F.try_divide(_double(F.sum(x * y)), F.sqrt(_double(F.sum(x * x)) * _double(F.sum(y * y))))
    return F.when(F.abs(found) > 1, F.signum(found)).otherwise(found)  # a rounding may lie one bit outside


def rank_interval(correlation: Column, count: Column) -> tuple[Column, Column]:
    """Both ends of the 95 % interval of Spearman's correlation over so many rows; NULL with fewer than 4.

    Fisher's z with the standard error 1.03 / sqrt(n - 3) of Fieller, Hartley and Pearson (1957).
    """
    reach = F.when(count > 3, NORMAL_975 * 1.03 / F.sqrt(_double(count - 3)))
    z = F.atanh(correlation)
    return F.tanh(z - reach), F.tanh(z + reach)


def exact_mean(value: Column) -> Column:
    """The mean of a group's known values, summed to twelve decimal places; NULL where none is known."""
    exact = value.try_cast("decimal(38,12)")
    return F.try_divide(_double(F.sum(exact)), F.count(exact))


def sorted_sum(column: Column | str) -> Column:
    """The sum of a group's values in ascending order; NULLs are left out, and 0 is the sum of none.

    A plain sum of doubles differs in its last bit from build to build. The group's values are held in memory.
    """
    values = F.array_sort(F.collect_list(column))
    return F.aggregate(values, F.lit(0.0), lambda total, value: total + value)


def _double(number: Column) -> Column:
    return number.cast("double")
