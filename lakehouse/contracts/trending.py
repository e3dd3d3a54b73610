"""movies.trending.daily -> silver.trending_event -> gold.title_popularity_daily, _weekly, gold.title_momentum_daily.

Source: https://developer.themoviedb.org/reference/trending-movies and -tv, windows day and week.
"""

from datetime import timedelta

from pyspark.sql import types as T

from lakehouse.tables import Column, Refresh, Stream, Table, Topic

TOPIC = Topic("movies.trending.daily", "One message per place of a title in a trending list that was polled.")

MEDIA_TYPE = Column("media_type", T.StringType(), "movie or tv.", one_of=("movie", "tv"))
# TMDb counts movies and series apart: 603 is one of each.
TITLE_ID = Column("title_id", T.LongType(), "TMDb id, unique within its media type.", low=1, field="movie_id")
DAY = Column("day", T.DateType(), "UTC day of the polls.")
TITLE = Column("title", T.StringType(), "Title in the language of the poll, as last seen.", optional=True)

TRENDING_EVENT = Table(
    name="silver.trending_event",
    grain="title, list and poll: its first place in the list",
    key=("event_id",),
    reads=(TOPIC.bronze,),
    stream=Stream(TOPIC, event_at="event_at", watermark=timedelta(days=2), late_after=timedelta(days=1)),
    columns=(
        Column("event_id", T.StringType(), "The same for every copy of the event: list, poll time and title."),
        Column("event_at", T.TimestampType(), "Time of the poll.", field="extraction_ts"),
        Column("event_date", T.DateType(), "UTC day of event_at.", field=""),
        Column("list_name", T.StringType(), "Trending list.", one_of=("trending_day", "trending_week")),
        MEDIA_TYPE,
        TITLE_ID,
        Column("rank", T.IntegerType(), "Place in the joined pages of the list; 1 is first.", low=1),
        Column("title", T.StringType(), "Title in the language of the poll.", optional=True),
        Column(
            "original_language_code",
            T.StringType(),
            "ISO 639-1, or TMDb's own xx, cn, sh.",
            optional=True,
            field="original_language",
        ),
        Column("popularity", T.DoubleType(), "TMDb's popularity score; no unit.", optional=True, low=0),
        Column("vote_average", T.DoubleType(), "Mean vote, 0 to 10.", optional=True, low=0, high=10),
        Column("vote_count", T.LongType(), "Votes so far; it can fall.", optional=True, low=0),
        Column("is_adult", T.BooleanType(), "TMDb's adult flag.", optional=True, field="adult"),
        Column(
            "release_date", T.DateType(), "First release or first air date; NULL where TMDb has none.", optional=True
        ),
        Column("is_late", T.BooleanType(), "Arrived more than a day after event_at.", field=""),
        Column("partition", T.IntegerType(), "Kafka partition.", low=0, field=""),
        Column("offset", T.LongType(), "Kafka offset within the partition.", low=0, field=""),
        Column("ingested_at", T.TimestampType(), "Time of the micro-batch that wrote the bronze row.", field=""),
    ),
)

TITLE_POPULARITY_DAILY = Table(
    name="gold.title_popularity_daily",
    grain="title and UTC day",
    key=("media_type", "title_id", "day"),
    reads=("silver.trending_event",),
    refresh=Refresh("day", input_day="event_date"),
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        DAY,
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
        DAY,
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
