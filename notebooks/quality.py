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
# # Quality
#
# What the checks found, what was refused, and what came late. The streaming host has to run. `moviepulse report
# quality` makes a page of it.

# %%
# %load_ext apps.notebook

# %% [markdown]
# ## The newest check of every table
#
# `staged` rows are checked before anyone can read them; one critical expectation that is not met holds them back, and
# what was published before stands. `published` rows were checked again later.

# %% language="sql"
# SELECT table_name, stage, checked_at, count(*) AS expectations, count_if(is_met) AS met,
#        count_if(NOT is_met AND severity = 'warning') AS warnings,
#        count_if(NOT is_met AND severity = 'critical') AS critical
# FROM quality.expectation_result
# GROUP BY table_name, stage, checked_at
# QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY checked_at DESC) = 1
# ORDER BY critical DESC, warnings DESC, table_name

# %% [markdown]
# ## What was not met
#
# Only counts are kept, never a row's values. `moviepulse report quality` has for each of them the command that shows
# the rows.

# %%
runs = 10

# %% language="sql"
# WITH run AS (
#   SELECT run_id, max(checked_at) AS checked_at
#   FROM quality.expectation_result
#   GROUP BY run_id
#   ORDER BY checked_at DESC
#   LIMIT :runs
# )
# SELECT run.checked_at, table_name, severity, expectation, column_name, unexpected_count, row_count, observed
# FROM quality.expectation_result JOIN run USING (run_id)
# WHERE NOT is_met
# ORDER BY run.checked_at DESC, severity, table_name

# %% [markdown]
# ## Rejects
#
# A message that no table could take is kept whole, with the reason and its place in Kafka; `docs/rejects.md` says
# what to do.

# %% language="sql"
# SELECT table_name, reason, column_name, count(*) AS messages, min(ingested_at) AS first, max(ingested_at) AS newest
# FROM silver.reject
# GROUP BY table_name, reason, column_name
# ORDER BY messages DESC

# %% language="sql"
# SELECT table_name, reason, partition, offset, left(make_valid_utf8(CAST(payload AS STRING)), 200) AS payload
# FROM silver.reject
# ORDER BY ingested_at DESC
# LIMIT 5

# %% [markdown]
# ## Lateness
#
# Hours between an event's own time and its arrival. Late rows are kept and flagged, and the next build replaces the
# days that they belong to.

# %% language="sql"
# SELECT event_date, count(*) AS events, count_if(is_late) AS late,
#        round(median((unix_seconds(ingested_at) - unix_seconds(event_at)) / 3600), 1) AS median_hours,
#        round(max((unix_seconds(ingested_at) - unix_seconds(event_at)) / 3600), 1) AS most_hours
# FROM silver.trending_event
# GROUP BY event_date
# ORDER BY event_date DESC
# LIMIT 31
