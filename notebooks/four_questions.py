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
# # Four questions
#
# Each has its tables in gold, which a build made, checked and published. Unknown money and runtimes are left out of
# averages, and their share is shown. An empty table means that its sources were not loaded yet. The streaming host
# has to run.

# %%
# %load_ext apps.notebook

# %% [markdown]
# `genre_id` is TMDb's id of a genre, 0 where a title has none; -1 stands for all titles and -2 for Crime or War.
# Choose another one here: `SELECT * FROM gold.dim_genre` has their names.

# %%
genre_id = -2

# %% [markdown]
# ## 1. Are films with more money more popular?
#
# Spearman's rank correlation of budget and popularity, over the films whose budget is known, with its 95 % interval.
# The budget is known for a minority, and of better known films: read it as "among films whose budget TMDb has".

# %% language="sql"
# SELECT CASE genre_id WHEN -1 THEN 'all titles' WHEN -2 THEN 'Crime or War' ELSE genre_name END AS genre,
#        title_count, known_budget_count, round(known_budget_ratio, 3) AS known_budget_ratio,
#        round(rank_correlation, 2) AS correlation, round(correlation_low, 2) AS low, round(correlation_high, 2) AS high
# FROM gold.budget_correlation_current LEFT JOIN gold.dim_genre USING (genre_id)
# ORDER BY genre_id IN (-1, -2) DESC, known_budget_count DESC

# %% [markdown]
# The same by budget, over all decades. The median is the better number: a few films are a hundred times as popular as
# the rest.

# %% language="sql"
# SELECT budget_band, title_count, round(title_share_ratio, 3) AS share,
#        round(mean_budget_usd / 1e6, 1) AS mean_budget_million_usd,
#        round(median_popularity, 2) AS median_popularity, round(mean_popularity, 2) AS mean_popularity
# FROM gold.budget_band_current
# WHERE genre_id = :genre_id AND decade = -1
# ORDER BY mean_budget_usd NULLS FIRST

# %% [markdown]
# ## 2. Whose Crime and War titles rate high on both sites?
#
# Directors, creators and leading cast by how many of their titles have 7 or more on TMDb and on IMDb, counted only
# with enough votes on both: 100 on TMDb, 1,000 on IMDb.

# %%
group = "crime_or_war"

# %% language="sql"
# SELECT role, person_name, title_count, both_rated_count, both_high_count,
#        round(mean_tmdb_rating, 2) AS mean_tmdb, round(mean_imdb_rating, 2) AS mean_imdb
# FROM gold.person_rating_current JOIN gold.dim_person USING (person_id)
# WHERE genre_group = :group AND both_rated_count > 0
# QUALIFY row_number() OVER (PARTITION BY role ORDER BY both_high_count DESC, mean_imdb_rating DESC, person_id) <= 10
# ORDER BY role, both_high_count DESC, mean_imdb_rating DESC

# %% [markdown]
# ## 3. How long are films, and how many episodes has a season?
#
# By year of release. Mean and median are of those whose length is known; `known` says of how many.

# %% language="sql"
# SELECT year, title_count, known_runtime_count AS known, round(mean_runtime_minutes, 1) AS mean_minutes,
#        median_runtime_minutes AS median_minutes
# FROM gold.film_runtime_yearly
# WHERE genre_id = :genre_id
# ORDER BY year DESC

# %% language="sql"
# SELECT year, season_count, known_episode_count AS known, round(mean_episodes, 1) AS mean_episodes, median_episodes
# FROM gold.season_episode_yearly
# WHERE genre_id = :genre_id
# ORDER BY year DESC

# %% [markdown]
# ## 4. Does IMDb's or TMDb's rating say more about success?
#
# Both correlations are of the same titles, those that have both ratings and the outcome; the verdict asks whether
# their intervals overlap. `not_enough_data` is an answer too: below 30 titles there is no verdict.

# %% language="sql"
# SELECT outcome, verdict, title_count,
#        round(tmdb_correlation, 2) AS tmdb, round(tmdb_correlation_low, 2) AS tmdb_low,
#        round(tmdb_correlation_high, 2) AS tmdb_high, round(imdb_correlation, 2) AS imdb,
#        round(imdb_correlation_low, 2) AS imdb_low, round(imdb_correlation_high, 2) AS imdb_high
# FROM gold.rating_predictor_current
# ORDER BY outcome
