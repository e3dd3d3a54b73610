"""MovieLens's files as a site would have sent them: every row an event, or the line at fault."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lakehouse.clock import from_iso
from lakehouse.errors import SourceInvalid
from producers.movielens import events, titles_of
from producers.sources import user_event

NOW = datetime(2026, 1, 21, 10, tzinfo=UTC)
REAL = Path(__file__).parents[3] / "shared" / "data" / "movielens"
FILES = {
    "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113497,8844\n3,0000003,\n4,0000004,862\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,3,0.5,964982703\n2,4,5.0,1\n",
    "tags.csv": 'userId,movieId,tag,timestamp\n2,2,"funny, ""very""",1445714994\n',
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def made(folder):
    found = events(user_event, folder, titles_of(folder), pseudonym=lambda user: f"k1:{user}", received_at=NOW)
    return list(found)


def test_a_rating_keeps_its_time_and_has_twice_the_stars(folder):
    assert made(folder)[0] == {
        "event_id": "ml-rate-1-1", "event_at": "2000-07-30T18:45:03.000Z", "event_type": "rate", "media_type": "movie",
        "title_id": 862, "rating": 8.0, "user_key": "k1:movielens-1", "received_at": "2026-01-21T10:00:00.000Z",
        "device_class": "other", "browser_family": "other",
    }  # fmt: skip


def test_a_tag_is_a_comment_and_two_movies_on_one_title_are_two_events(folder):
    found = made(folder)
    assert (found[3]["event_type"], found[3]["title_id"], found[3]["comment_text"]) == (
        "comment",
        8844,
        'funny, "very"',
    )
    assert [(one["event_id"], one["title_id"]) for one in found if one.get("title_id") == 862] == [
        ("ml-rate-1-1", 862), ("ml-rate-2-4", 862),
    ]  # fmt: skip


def test_a_movie_without_a_tmdb_id_is_sent_without_a_title_and_without_its_user_s_own_id(folder):
    untitled = made(folder)[1]
    assert (untitled["event_id"], untitled["user_key"]) == ("ml-rate-1-3", "k1:movielens-1")
    assert not {"title_id", "user_id"} & untitled.keys()


def test_events_read_twice_are_the_same(folder):
    assert made(folder) == made(folder)


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("ratings.csv", "1,1,4.5", "shorter"),
        ("ratings.csv", "1,1,6.0,1", "rating is '6.0'"),
        ("ratings.csv", "one,1,4.5,1", "userId is 'one'"),
        ("tags.csv", "1,1, ,1", "tag is ' '"),
        ("links.csv", "9,0000009,tt9", "tmdbId is 'tt9'"),
    ],
)
def test_a_wrong_line_is_named(folder, name, line, said):
    with (folder / name).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(SourceInvalid, match=said) as error:
        made(folder)
    assert f"{name}, line {FILES[name].count(chr(10)) + 1}" in str(error.value)


def test_a_missing_file_and_another_header_are_named(folder):
    (folder / "tags.csv").write_text("a,b\n")
    with pytest.raises(SourceInvalid, match="the header is 'a,b'"):
        made(folder)
    (folder / "links.csv").unlink()
    with pytest.raises(SourceInvalid, match=r"no links\.csv"):
        made(folder)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not beside this clone")
def test_every_real_rating_and_tag_is_an_event_of_its_own():
    found = made(REAL)
    assert sum(one["event_type"] == "rate" for one in found) == 46_621
    assert len({one["event_id"] for one in found}) == len(found) == 46_621 + 578
    assert sum("title_id" not in one for one in found) == 8
    assert min(from_iso(one["event_at"]) for one in found).year == 1996
