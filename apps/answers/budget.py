"""Question 1 in words: popularity against budget."""

from typing import TYPE_CHECKING

from apps.answers.answer import ENOUGH, NO_DATA, Answer, Row, Tables, genre, interval, rises, rows, share
from apps.pages import charts, kinds
from apps.pages.page import Grid, text
from lakehouse.contracts.budget import ALL_DECADES, BANDS
from lakehouse.genre_groups import ALL_GENRES, CRIME_AND_WAR_IDS, CRIME_OR_WAR

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME = "Popularity and budget"
QUESTION = "Are expensive Crime and War movies more popular?"
SAMPLE = 400
LEAST = 100_000
"""A budget below is most often one in millions, or in another currency: it would squeeze the chart."""
_NAMES = dict(
    zip((name for name, _ in BANDS), ("under 1", "1 to 10", "10 to 50", "50 to 100", "100 or more"), strict=True)
)
_COLOURS = {"All genres": charts.ACCENT, "Crime or War": charts.SECOND}


def read(spark: "SparkSession") -> Tables:
    """Correlations by genre; bands of all genres and of Crime or War; a sample of the Crime and War movies."""
    correlation = """SELECT c.*, g.genre_name FROM gold.budget_correlation_current c
        LEFT JOIN gold.dim_genre g USING (genre_id) ORDER BY c.genre_id"""
    band = f"SELECT * FROM gold.budget_band_current WHERE genre_id IN ({ALL_GENRES}, {CRIME_OR_WAR})"  # noqa: S608 no input
    title = f"""SELECT title, budget_usd, popularity FROM gold.title_budget_current t
        LEFT SEMI JOIN (SELECT * FROM gold.bridge_title_genre WHERE genre_id IN {CRIME_AND_WAR_IDS}) g
        ON t.media_type = g.media_type AND t.title_id = g.title_id
        WHERE budget_usd >= {LEAST} AND popularity > 0 ORDER BY xxhash64(t.title_id), t.title_id LIMIT {SAMPLE}"""  # noqa: S608
    return {"correlation": rows(spark, correlation), "band": rows(spark, band), "title": rows(spark, title)}


def answer(found: Tables) -> Answer:
    """The relation for Crime or War and for all genres, the bands, and how the genres differ."""
    of_genre = {row["genre_id"]: row for row in found["correlation"]}
    every = of_genre.get(ALL_GENRES)
    if not every or not every["known_budget_count"]:
        findings = [f"{NO_DATA}: no movie has a known budget yet."]
    else:
        known = share(every["known_budget_count"], every["title_count"])
        findings = [
            _relation(CRIME_OR_WAR, of_genre),
            _relation(ALL_GENRES, of_genre),
            *_extremes(found),
            *_genres(found),
        ]
        findings.append(f"Of all movies, {known} have a known budget and popularity; the correlations are of these.")
    notes = (
        "Spearman's rank correlation: 1 where every dearer movie is more popular, 0 where budget says nothing.",
        "Popularity is TMDb's score at the newest fetch, not at release; budgets are in US dollars of their year.",
    )
    return Answer(NAME, QUESTION, tuple(findings), (_bands(found), _decades(found), _correlations(found)), notes)


def figures(found: Tables) -> list[charts.Figure]:
    """The sample as points, the bands as bars, the genres' correlations with their intervals."""
    points = charts.drawn(
        "Budget and popularity of Crime and War movies",
        f"Each point is a movie with a budget from {LEAST:,} US dollars on; at most {SAMPLE}. Logarithmic scales.",
        [{"budget": row["budget_usd"] / 1e6, "popularity": row["popularity"]} for row in found["title"]],
        {
            "mark": {"type": "point", "color": charts.SECOND, "opacity": 0.6},
            "encoding": {
                "x": charts.number("budget", "budget, US$ million", log=True),
                "y": charts.number("popularity", "popularity, TMDb score", log=True),
            },
        },
    )
    bands = kinds.grouped_bars(
        "Median popularity by budget",
        "Movies with a known budget, over all decades; budget bands in US$ million.",
        [
            {"label": _NAMES[row["budget_band"]], "value": row["median_popularity"], "of": genre(row)}
            for row in _of_bands(found)
            if row["median_popularity"] is not None
        ],
        kinds.Axes("budget, US$ million", "median popularity, TMDb score", _COLOURS),
    )
    genres = kinds.intervals(
        "How closely popularity goes with budget, by genre",
        f"Spearman's rank correlation with its 95 % interval; genres with at least {ENOUGH} known budgets.",
        [
            {"label": genre(row), "value": row["rank_correlation"], "low": row["correlation_low"],
             "high": row["correlation_high"], "of": genre(row) if row["genre_id"] < 0 else "Genre"}
            for row in _compared(found)
        ],
        kinds.Axes("rank correlation, -1 to 1", "", {**_COLOURS, "Genre": charts.MUTED}),
    )  # fmt: skip
    return [points, bands, genres]


def _relation(genre_id: int, of_genre: dict[int, Row]) -> str:
    row = of_genre.get(genre_id)
    if row is None or row["correlation_low"] is None:
        known = row["known_budget_count"] if row else 0
        return f"{genre({'genre_id': genre_id})}: {NO_DATA.lower()} ({known} movies with a known budget)."
    how = rises(row["rank_correlation"], row["correlation_low"], row["correlation_high"])
    return (
        f"{genre(row)}: popularity {how} with budget; the rank correlation is"
        f" {interval(row, 'rank_correlation')}, n = {row['known_budget_count']:,}."
    )


def _extremes(found: Tables) -> list[str]:
    """The dearest and the cheapest band of Crime or War that has enough movies to say something."""
    bands = [row for row in _of_bands(found) if row["genre_id"] == CRIME_OR_WAR and row["title_count"] >= 5]
    bands = [row for row in bands if row["median_popularity"] is not None]
    if len(bands) < 2:
        return []
    first, last = (
        f"{row['median_popularity']:.1f} at {_NAMES[row['budget_band']]} million US$ (n = {row['title_count']:,})"
        for row in (bands[0], bands[-1])
    )
    return [f"The median popularity of Crime or War movies is {first} and {last}."]


def _genres(found: Tables) -> list[str]:
    genres = [row for row in _compared(found) if row["genre_id"] > 0]
    if len(genres) < 2:
        return []
    best, worst = genres[0], genres[-1]
    return [
        f"Of {len(genres)} genres with at least {ENOUGH} known budgets, the relation is closest in {genre(best)}"
        f" ({best['rank_correlation']:.2f}) and loosest in {genre(worst)} ({worst['rank_correlation']:.2f})."
    ]


def _compared(found: Tables) -> list[Row]:
    """The genres and groups that can be compared, closest relation first."""
    enough = [r for r in found["correlation"] if r["known_budget_count"] >= ENOUGH and r["correlation_low"] is not None]
    return sorted(enough, key=lambda row: (-row["rank_correlation"], row["genre_id"]))


def _of_bands(found: Tables) -> list[Row]:
    """The bands over all decades, cheapest first."""
    order = list(_NAMES)
    bands = [row for row in found["band"] if row["decade"] == ALL_DECADES and row["budget_band"] in order]
    return sorted(bands, key=lambda row: (order.index(row["budget_band"]), row["genre_id"]))


def _bands(found: Tables) -> Grid:
    columns = ["group", "budget (US$ M)", "movies", "share (%)", "median popularity", "mean popularity"]
    names = {**_NAMES, "unknown": "unknown"}
    bands = [row for row in found["band"] if row["decade"] == ALL_DECADES]
    bands.sort(key=lambda row: (-row["genre_id"], list(names).index(row["budget_band"])))
    values = [
        (genre(row), names[row["budget_band"]], row["title_count"], row["title_share_ratio"], row["median_popularity"],
         row["mean_popularity"])
        for row in bands
    ]  # fmt: skip
    return Grid("Popularity by budget band, all decades", columns, values)


def _decades(found: Tables) -> Grid:
    """One row per decade: the median popularity in each band, with the movies behind it."""
    cells = {
        (row["decade"], row["budget_band"]): f"{text(row['median_popularity'])} ({row['title_count']})"
        for row in found["band"]
        if row["genre_id"] == CRIME_OR_WAR and row["decade"] > 0 and row["budget_band"] in _NAMES
    }
    decades = sorted({decade for decade, _ in cells}, reverse=True)[:8]
    values = [(f"{decade}s", *(cells.get((decade, band)) for band in _NAMES)) for decade in decades]
    heads = ["decade", *_NAMES.values()]
    return Grid("Crime or War: median popularity (movies) by decade and budget in US$ million", heads, values)


def _correlations(found: Tables) -> Grid:
    columns = ["genre", "movies", "known budget", "known (%)", "correlation", "low", "high"]
    known = sorted(
        found["correlation"], key=lambda row: (row["genre_id"] > 0, -row["known_budget_count"], row["genre_id"])
    )
    values = [
        (genre(row), row["title_count"], row["known_budget_count"], row["known_budget_ratio"], row["rank_correlation"],
         row["correlation_low"], row["correlation_high"])
        for row in known[:12]
    ]  # fmt: skip
    return Grid("Rank correlation of budget and popularity", columns, values)
