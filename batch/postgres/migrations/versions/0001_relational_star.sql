-- One table per table of gold, of its name, with its columns. Rows with is_placeholder stand for keys that other rows name
-- and gold does not have; all their other columns are NULL, which is why NOT NULL stands in a CHECK there.

CREATE TABLE moviepulse.dim_title (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    known_from text,
    title text,
    original_title text,
    original_language_code text,
    imdb_id text,
    release_date date,
    release_year integer,
    runtime_minutes integer,
    budget_usd bigint,
    revenue_usd bigint,
    season_count integer,
    episode_count integer,
    popularity double precision,
    vote_average double precision,
    vote_count bigint,
    imdb_rating double precision,
    imdb_vote_count bigint,
    first_listed_date date,
    last_listed_date date,
    listed_day_count bigint,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_title_is_whole CHECK (is_placeholder OR num_nulls(known_from, listed_day_count) = 0),
    PRIMARY KEY (media_type, title_id)
);

CREATE TABLE moviepulse.dim_date (
    day date NOT NULL,
    year integer,
    quarter integer,
    month integer,
    day_of_month integer,
    iso_weekday integer,
    week_start_date date,
    is_weekend boolean,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_date_is_whole CHECK (is_placeholder OR num_nulls(year, quarter, month, day_of_month, iso_weekday, week_start_date, is_weekend) = 0),
    PRIMARY KEY (day)
);

CREATE TABLE moviepulse.fact_title_popularity_daily (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    day date NOT NULL,
    popularity double precision,
    vote_average double precision,
    vote_count bigint,
    best_day_rank integer,
    best_week_rank integer,
    best_popular_rank integer,
    list_count bigint NOT NULL,
    PRIMARY KEY (media_type, title_id, day)
);

CREATE TABLE moviepulse.dim_genre (
    genre_id bigint NOT NULL,
    genre_name text,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_genre_is_whole CHECK (is_placeholder OR num_nulls(genre_name) = 0),
    PRIMARY KEY (genre_id)
);

CREATE TABLE moviepulse.dim_company (
    company_id bigint NOT NULL,
    company_name text,
    country_code text,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_company_is_whole CHECK (is_placeholder OR num_nulls(company_name, country_code) = 0),
    PRIMARY KEY (company_id)
);

CREATE TABLE moviepulse.dim_country (
    country_code text NOT NULL,
    country_name text,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_country_is_whole CHECK (is_placeholder OR num_nulls(country_name) = 0),
    PRIMARY KEY (country_code)
);

CREATE TABLE moviepulse.dim_language (
    language_code text NOT NULL,
    language_name text,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_language_is_whole CHECK (is_placeholder OR num_nulls(language_name) = 0),
    PRIMARY KEY (language_code)
);

CREATE TABLE moviepulse.bridge_title_genre (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    genre_id bigint NOT NULL,
    weight_ratio double precision NOT NULL,
    PRIMARY KEY (media_type, title_id, genre_id)
);

CREATE TABLE moviepulse.bridge_title_company (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    company_id bigint NOT NULL,
    weight_ratio double precision NOT NULL,
    PRIMARY KEY (media_type, title_id, company_id)
);

CREATE TABLE moviepulse.bridge_title_country (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    country_code text NOT NULL,
    weight_ratio double precision NOT NULL,
    PRIMARY KEY (media_type, title_id, country_code)
);

CREATE TABLE moviepulse.bridge_title_language (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    language_code text NOT NULL,
    weight_ratio double precision NOT NULL,
    PRIMARY KEY (media_type, title_id, language_code)
);

CREATE TABLE moviepulse.dim_person (
    person_id bigint NOT NULL,
    person_name text,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_person_is_whole CHECK (is_placeholder OR num_nulls(person_name) = 0),
    PRIMARY KEY (person_id)
);

CREATE TABLE moviepulse.bridge_title_person (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    weight_ratio double precision NOT NULL,
    PRIMARY KEY (media_type, title_id, person_id, role)
);

CREATE TABLE moviepulse.dim_session (
    session_key text NOT NULL,
    day date,
    user_key text,
    started_at timestamptz,
    ended_at timestamptz,
    event_count bigint,
    title_count bigint,
    device_class text,
    browser_family text,
    duration_seconds bigint,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT dim_session_is_whole CHECK (is_placeholder OR num_nulls(day, user_key, started_at, ended_at, event_count, title_count, device_class, browser_family, duration_seconds) = 0),
    PRIMARY KEY (session_key)
);

CREATE TABLE moviepulse.fact_user_event (
    event_id text NOT NULL,
    day date NOT NULL,
    event_at timestamptz NOT NULL,
    event_type text NOT NULL,
    user_key text NOT NULL,
    session_key text NOT NULL,
    media_type text,
    title_id bigint,
    rating double precision,
    progress_ratio double precision,
    watched_seconds bigint,
    comment_id text,
    vote integer,
    search_text text,
    page_path text,
    is_late boolean NOT NULL,
    PRIMARY KEY (event_id)
);

CREATE TABLE moviepulse.comment (
    comment_id text NOT NULL,
    bucket integer,
    parent_comment_id text,
    user_key text,
    media_type text,
    title_id bigint,
    comment_text text,
    written_at timestamptz,
    edited_at timestamptz,
    edit_count bigint,
    deleted_at timestamptz,
    is_deleted boolean,
    is_placeholder boolean NOT NULL DEFAULT false,
    CONSTRAINT comment_is_whole CHECK (is_placeholder OR num_nulls(bucket, user_key, media_type, title_id, written_at, edit_count, is_deleted) = 0),
    PRIMARY KEY (comment_id)
);

CREATE TABLE moviepulse.comment_vote (
    user_key text NOT NULL,
    comment_id text NOT NULL,
    bucket integer NOT NULL,
    vote integer NOT NULL,
    voted_at timestamptz NOT NULL,
    PRIMARY KEY (user_key, comment_id)
);

CREATE TABLE moviepulse.rating (
    user_key text NOT NULL,
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    bucket integer NOT NULL,
    rating double precision NOT NULL,
    rated_at timestamptz NOT NULL,
    rating_count bigint NOT NULL,
    PRIMARY KEY (user_key, media_type, title_id)
);

CREATE TABLE moviepulse.rating_history (
    event_id text NOT NULL,
    user_key text NOT NULL,
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    bucket integer NOT NULL,
    rating double precision NOT NULL,
    valid_from_at timestamptz NOT NULL,
    valid_to_at timestamptz,
    is_current boolean NOT NULL,
    PRIMARY KEY (event_id)
);

CREATE TABLE moviepulse.watch_history (
    user_key text NOT NULL,
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    bucket integer NOT NULL,
    first_watched_at timestamptz NOT NULL,
    last_watched_at timestamptz NOT NULL,
    watch_count bigint NOT NULL,
    watched_seconds bigint,
    progress_ratio double precision NOT NULL,
    highest_progress_ratio double precision NOT NULL,
    completed_at timestamptz,
    is_completed boolean NOT NULL,
    PRIMARY KEY (user_key, media_type, title_id)
);

CREATE TABLE moviepulse.watchlist (
    user_key text NOT NULL,
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    bucket integer NOT NULL,
    is_member boolean NOT NULL,
    added_at timestamptz,
    removed_at timestamptz,
    PRIMARY KEY (user_key, media_type, title_id)
);

CREATE TABLE moviepulse.title_engagement_daily (
    media_type text NOT NULL,
    title_id bigint NOT NULL,
    day date NOT NULL,
    title text,
    release_year integer,
    user_count bigint NOT NULL,
    event_count bigint NOT NULL,
    page_view_count bigint NOT NULL,
    watch_count bigint NOT NULL,
    watched_seconds bigint NOT NULL,
    completion_count bigint NOT NULL,
    rating_count bigint NOT NULL,
    mean_rating double precision,
    comment_count bigint NOT NULL,
    watchlist_add_count bigint NOT NULL,
    watchlist_remove_count bigint NOT NULL,
    PRIMARY KEY (media_type, title_id, day)
);

ALTER TABLE moviepulse.fact_title_popularity_daily ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.fact_title_popularity_daily ADD FOREIGN KEY (day)
    REFERENCES moviepulse.dim_date (day) DEFERRABLE;
ALTER TABLE moviepulse.dim_company ADD FOREIGN KEY (country_code)
    REFERENCES moviepulse.dim_country (country_code) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_genre ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_genre ADD FOREIGN KEY (genre_id)
    REFERENCES moviepulse.dim_genre (genre_id) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_company ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_company ADD FOREIGN KEY (company_id)
    REFERENCES moviepulse.dim_company (company_id) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_country ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_country ADD FOREIGN KEY (country_code)
    REFERENCES moviepulse.dim_country (country_code) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_language ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_language ADD FOREIGN KEY (language_code)
    REFERENCES moviepulse.dim_language (language_code) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_person ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.bridge_title_person ADD FOREIGN KEY (person_id)
    REFERENCES moviepulse.dim_person (person_id) DEFERRABLE;
ALTER TABLE moviepulse.fact_user_event ADD FOREIGN KEY (session_key)
    REFERENCES moviepulse.dim_session (session_key) DEFERRABLE;
ALTER TABLE moviepulse.fact_user_event ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.fact_user_event ADD FOREIGN KEY (comment_id)
    REFERENCES moviepulse.comment (comment_id) DEFERRABLE;
ALTER TABLE moviepulse.comment ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.comment ADD FOREIGN KEY (parent_comment_id)
    REFERENCES moviepulse.comment (comment_id) DEFERRABLE;
ALTER TABLE moviepulse.comment_vote ADD FOREIGN KEY (comment_id)
    REFERENCES moviepulse.comment (comment_id) DEFERRABLE;
ALTER TABLE moviepulse.rating ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.rating_history ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.watch_history ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.watchlist ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;
ALTER TABLE moviepulse.title_engagement_daily ADD FOREIGN KEY (media_type, title_id)
    REFERENCES moviepulse.dim_title (media_type, title_id) DEFERRABLE;

-- What foreign keys are followed backwards by, where the primary key does not begin with it
CREATE INDEX ON moviepulse.fact_title_popularity_daily (day);
CREATE INDEX ON moviepulse.dim_company (country_code);
CREATE INDEX ON moviepulse.bridge_title_genre (genre_id);
CREATE INDEX ON moviepulse.bridge_title_company (company_id);
CREATE INDEX ON moviepulse.bridge_title_country (country_code);
CREATE INDEX ON moviepulse.bridge_title_language (language_code);
CREATE INDEX ON moviepulse.bridge_title_person (person_id);
CREATE INDEX ON moviepulse.fact_user_event (session_key);
CREATE INDEX ON moviepulse.fact_user_event (media_type, title_id);
CREATE INDEX ON moviepulse.fact_user_event (comment_id);
CREATE INDEX ON moviepulse.comment (media_type, title_id);
CREATE INDEX ON moviepulse.comment (parent_comment_id);
CREATE INDEX ON moviepulse.comment_vote (comment_id);
CREATE INDEX ON moviepulse.rating (media_type, title_id);
CREATE INDEX ON moviepulse.rating_history (media_type, title_id);
CREATE INDEX ON moviepulse.watch_history (media_type, title_id);
CREATE INDEX ON moviepulse.watchlist (media_type, title_id);

-- Obvious questions; names by hash, as a B-tree takes no text beyond 2,700 bytes
CREATE INDEX ON moviepulse.dim_title USING hash (imdb_id);
CREATE INDEX ON moviepulse.dim_title USING hash (title);
CREATE INDEX ON moviepulse.dim_title (release_date);
CREATE INDEX ON moviepulse.dim_person USING hash (person_name);
CREATE INDEX ON moviepulse.dim_company USING hash (company_name);
CREATE INDEX ON moviepulse.dim_session (user_key, started_at);
CREATE INDEX ON moviepulse.fact_user_event (user_key, event_at);
CREATE INDEX ON moviepulse.fact_user_event (day);
CREATE INDEX ON moviepulse.comment (user_key, written_at);
CREATE INDEX ON moviepulse.rating_history (user_key, media_type, title_id, valid_from_at);
CREATE INDEX ON moviepulse.title_engagement_daily (day);

CREATE TABLE moviepulse.export_state (
    table_name text PRIMARY KEY,
    delta_id text NOT NULL,
    version bigint NOT NULL,
    columns text[] NOT NULL,
    row_count bigint NOT NULL,
    checksum numeric NOT NULL,
    replaced_count bigint NOT NULL,
    run_id text NOT NULL,
    exported_at timestamptz NOT NULL
);

COMMENT ON TABLE moviepulse.export_state IS 'One row per table: the version of gold that it holds, from moviepulse export postgres.';

