# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A tour of the lake
#
# What tables there are, the day's top titles, who rises and falls, and where a row comes from. The streaming host has
# to run: `moviepulse host`, or all of it with `moviepulse demo --keep`.

# %%
# %load_ext apps.notebook

# %% [markdown]
# ## What there is
#
# Every table is declared once, in `lakehouse/contracts`. Bronze is what arrived, silver is typed and holds each event
# once, gold answers questions.

# %%
import pandas as pd

from lakehouse import contracts

pd.DataFrame(
    [(table.name, table.grain, ", ".join(table.key)) for table in contracts.TABLES],
    columns=["table", "one row per", "key"],
)

# %% [markdown]
# Descriptions of columns, with their units, are in the tables themselves.

# %% language="sql"
# DESCRIBE TABLE gold.title_popularity_daily

# %% [markdown]
# ## The day's top
#
# `:medium` and `:places` are variables of this notebook. They are bound as values, so no text can become a part of
# the statement.

# %%
medium, places = "movie", 10

# %% magic_args="top" language="sql"
# SELECT day, best_day_rank, title, title_id, round(popularity, 1) AS popularity, vote_average, vote_count
# FROM gold.title_popularity_daily
# WHERE media_type = :medium AND best_day_rank <= :places
#   AND day = (SELECT max(day) FROM gold.title_popularity_daily)
# ORDER BY best_day_rank

# %% [markdown]
# ## Momentum
#
# Places that were gained in the day list since the day before, and since a week before. NULL: the title was not in
# the list then.

# %% language="sql"
# SELECT media_type, title, best_day_rank, rank_change_1d, rank_change_7d,
#        round(popularity_change_1d, 1) AS popularity_change_1d
# FROM gold.title_momentum_daily
# WHERE day = (SELECT max(day) FROM gold.title_momentum_daily) AND rank_change_1d IS NOT NULL
# ORDER BY abs(rank_change_1d) DESC, best_day_rank
# LIMIT :places

# %% [markdown]
# ## Where a row comes from
#
# The first of the top titles again: its places in the polls of the day in silver, and behind each the message in
# bronze as it came from Kafka, found by its partition and offset.

# %%
title_id, day = (int(top.title_id[0]), top.day[0]) if len(top) else (0, pd.Timestamp("2026-01-21").date())

# %% language="sql"
# SELECT event.event_at, event.list_name, event.rank, message.partition, message.offset, message.kafka_at,
#        left(make_valid_utf8(CAST(message.value AS STRING)), 200) AS message
# FROM silver.trending_event AS event
# JOIN bronze.movies_trending_daily AS message USING (partition, offset)
# WHERE event.media_type = :medium AND event.title_id = :title_id AND event.event_date = :day
# ORDER BY event.event_at, event.list_name

# %% [markdown]
# ## What a published version was made from
#
# A commit of a gold table names the run and the versions of its inputs.

# %% magic_args="commits" language="sql"
# DESCRIBE HISTORY gold.title_popularity_daily LIMIT 5

# %%
import json

said = [(commit.version, json.loads(commit.userMetadata or "{}")) for commit in commits.itertuples()]
pd.DataFrame(
    [(version, its.get("run_id"), name, at) for version, its in said for name, at in its.get("inputs", {}).items()],
    columns=["version", "run", "made from", "at version"],
)
