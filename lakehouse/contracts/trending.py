"""movies.trending.daily -> silver.trending_event -> gold.title_popularity_daily, _weekly, gold.title_momentum_daily.

Source: https://developer.themoviedb.org/reference/trending-movies and -tv, windows day and week.
"""

from datetime import timedelta

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE, TITLE_ID
from lakehouse.tables import Column, Refresh, Stream, Table, Topic

TOPIC = Topic(
    "movies.trending.daily",
    "One message per place of a title in a trending list that was polled.",
    filed_as="{list_name}",
)

TITLE = Column("title", T.StringType(), "Title in the language of the poll, as last seen.", optional=True)

TRENDING_EVENT = Table(
    name="silver.trending_event",
    grain="title, list and poll: its first place in the list",
    key=("event_id",),
    reads=(TOPIC.bronze,),
    stream=Stream(TOPIC, event_at="event_at", watermark=timedelta(days=2), late_after=timedelta(days=1)),
    columns=(
        *columns.event("Time of the poll.", "list, poll time and title"),
        Column("list_name", T.StringType(), "Trending list.", one_of=("trending_day", "trending_week")),
        MEDIA_TYPE,
        TITLE_ID,
        columns.RANK,
        *columns.LISTED,
        *columns.ARRIVAL,
    ),
)

TITLE_POPULARITY_DAILY = Table(
    name="gold.title_popularity_daily",
    grain="title and UTC day",
    key=("media_type", "title_id", "day"),
    reads=("silver.trending_event",),
    refresh=Refresh("day", input_column="event_date"),
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        columns.DAY,
        TITLE,
        Column("best_day_rank", T.IntegerType(), "Best place in the day list; 1 is first.", optional=True, low=1),
        Column("best_week_rank", T.IntegerType(), "Best place in the week list; 1 is first.", optional=True, low=1),
        Column(
            "popularity",
            T.DoubleType(),
            "TMDb score in the day's last poll: day list, else week list.",
            optional=True,
            low=0,
        ),
        Column("vote_average", T.DoubleType(), "Mean vote in that poll, 0 to 10.", optional=True, low=0, high=10),
        Column("vote_count", T.LongType(), "Votes in that poll.", optional=True, low=0),
        Column("poll_count", T.LongType(), "Polls of the day that saw the title in either list.", low=1),
    ),
)

TITLE_POPULARITY_WEEKLY = Table(
    name="gold.title_popularity_weekly",
    grain="title and ISO week",
    key=("media_type", "title_id", "week_start_date"),
    reads=("gold.title_popularity_daily",),
    refresh=Refresh("week_start_date", period="week"),
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        Column("week_start_date", T.DateType(), "Monday of the ISO week, UTC."),
        TITLE,
        Column("best_day_rank", T.IntegerType(), "Best place in the day list; 1 is first.", optional=True, low=1),
        Column("best_week_rank", T.IntegerType(), "Best place in the week list; 1 is first.", optional=True, low=1),
        Column("day_count", T.LongType(), "Days of the week on which a list held the title.", low=1, high=7),
        Column("mean_popularity", T.DoubleType(), "Mean of the days' TMDb scores.", optional=True, low=0),
        Column("highest_popularity", T.DoubleType(), "Highest of the days' TMDb scores.", optional=True, low=0),
    ),
)

TITLE_MOMENTUM_DAILY = Table(
    name="gold.title_momentum_daily",
    grain="title and UTC day",
    key=("media_type", "title_id", "day"),
    reads=("gold.title_popularity_daily",),
    refresh=Refresh("day", reach=(0, 1, 7)),
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        columns.DAY,
        TITLE,
        Column("popularity", T.DoubleType(), "TMDb score of the day.", optional=True, low=0),
        Column("best_day_rank", T.IntegerType(), "Best place in the day list; 1 is first.", optional=True, low=1),
        Column(
            "popularity_change_1d", T.DoubleType(), "Score minus the day before's; NULL without one.", optional=True
        ),
        Column(
            "popularity_change_7d",
            T.DoubleType(),
            "Score minus that of seven days before; NULL without one.",
            optional=True,
        ),
        Column(
            "rank_change_1d",
            T.IntegerType(),
            "Places gained in the day list since the day before; below 0: lost.",
            optional=True,
        ),
        Column(
            "rank_change_7d",
            T.IntegerType(),
            "Places gained in the day list in seven days; below 0: lost.",
            optional=True,
        ),
    ),
)

TABLES = (TRENDING_EVENT, TITLE_POPULARITY_DAILY, TITLE_POPULARITY_WEEKLY, TITLE_MOMENTUM_DAILY)
