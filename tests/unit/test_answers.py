"""What the answers say, given what gold says: with n, with intervals, and that data are missing where they are."""

import pytest

from apps.answers import answers, budget, person, runtime, span, success
from apps.answers.answer import rises
from apps.answers.markdown import markdown
from tests import report_rows
from tests.report_rows import of


def test_a_relation_is_told_with_its_strength_its_interval_and_n():
    told = budget.answer(report_rows.budget()).findings
    assert told[:2] == (
        "Crime or War: popularity rises clearly with budget; the rank correlation is 0.50 (95 % interval 0.40 to 0.60),"
        " n = 200.",
        "All genres: popularity rises clearly with budget; the rank correlation is 0.50 (95 % interval 0.40 to 0.60),"
        " n = 900.",
    )
    assert told[-1] == (
        "Of all movies, 900 of 920 (98 %) have a known budget and popularity; the correlations are of these."
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((0.1, 0.05, 0.15), "rises slightly"),
        ((-0.3, -0.4, -0.2), "falls somewhat"),
        ((0.5, 0.4, 0.6), "rises clearly"),
        ((-0.8, -0.9, -0.7), "falls strongly"),
        ((0.3, -0.1, 0.6), "does not change measurably"),
    ],
)
def test_what_chance_alone_could_do_is_no_relation(found, words):
    assert rises(*found) == words


def test_a_group_with_too_few_known_budgets_has_no_relation():
    rows = report_rows.budget()
    rows["correlation"][1] = of("budget_correlation_current", genre_id=-2, title_count=9, known_budget_count=3)
    assert budget.answer(rows).findings[0] == "Crime or War: not enough data (3 movies with a known budget)."


def test_the_first_of_each_role_is_named_and_a_role_without_rated_titles_says_so():
    rows = report_rows.person()
    rows["role"][1] |= {"rated_count": 0, "high_count": 0}
    assert person.answer(rows).findings == (
        "Directors: of 40, 12 have a title with enough votes on both sites, 8 of them one that rates high on both."
        " First is Person 1: 9 of 11 rated titles.",
        "Creators of series: not enough data; no Crime or War title has one in its credits.",
        "Leading actors: not enough data; of 40 none has a title with enough votes on both."
        " On TMDb alone 9 have one that rates high.",
    )


def test_runtimes_are_told_from_the_first_to_the_last_year_that_has_enough():
    told = runtime.answer(report_rows.runtime()).findings
    assert "All genres, films: the median was 98 minutes in 1990 (n = 40) and 127 minutes in 2019 (n = 69)." in told
    assert "By genre the mean is highest in Drama (104 minutes, n = 44) and lowest in Crime (103, n = 43)." in told
    rows = report_rows.runtime()
    for row in rows["season_year"]:
        row["known_episode_count"] = 9
    assert "All genres, seasons of series: not enough data; in no year are 10 known." in runtime.answer(rows).findings


def test_a_verdict_is_plain_and_says_what_it_stands_on():
    assert success.answer(report_rows.success()).findings == (
        "900 titles have a rating on TMDb, 320 on IMDb, 310 on both.",
        "Years in the lists: neither rating is measurably better; 0.10 (95 % interval 0.00 to 0.20) of IMDb's and 0.15"
        " (95 % interval 0.05 to 0.25) of TMDb's, n = 300.",
        "Revenue over budget: IMDb's rating predicts it better; 0.50 (95 % interval 0.40 to 0.60) of IMDb's and 0.20"
        " (95 % interval 0.10 to 0.30) of TMDb's, n = 300.",
        "Votes on TMDb: TMDb's rating predicts it better; 0.20 (95 % interval 0.10 to 0.30) of IMDb's and 0.60"
        " (95 % interval 0.50 to 0.70) of TMDb's, n = 300.",
    )


def test_without_enough_titles_there_is_no_verdict_and_tmdb_s_rating_alone_is_told():
    rows = report_rows.success()
    rows["predictor"][0] = of(
        "rating_predictor_current", outcome="years_in_lists", title_count=12, tmdb_title_count=640,
        tmdb_all_correlation=0.15, verdict="not_enough_data",
    )  # fmt: skip
    assert success.answer(rows).findings[1] == (
        "Years in the lists: not enough data; 12 titles have it and both ratings, a verdict needs 30."
        " TMDb's rating alone: 0.15, n = 640."
    )


def test_where_there_is_nothing_every_answer_says_so():
    for name, answer in answers(report_rows.nothing()).items():
        assert any("not enough data" in finding.lower() for finding in answer.findings), name
        assert not any(grid.rows for grid in answer.grids), name


def test_the_page_says_what_the_data_cover():
    assert span.sentence(report_rows.found()["span"]) == (
        "Lists of 14 days, 2026-01-21 to 2026-02-03; 2,654 movies and 404 series, 20 of them with a rating on IMDb."
    )


def test_the_markdown_has_four_answers_with_their_tables_and_no_value_is_markup():
    rows = report_rows.found()
    rows["person"]["best"][0]["person_name"] = "A|B *c* <script>alert(1)</script>\n# d"
    page = markdown(rows["span"], answers(rows).values())
    assert [line[:5] for line in page.splitlines() if line.startswith("#")] == [
        "# Ans",
        "## 1.",
        "## 2.",
        "## 3.",
        "## 4.",
    ]
    assert r"| A\|B \*c\* &lt;script>alert(1)&lt;/script> \# d | 12 | 11 | 9 | 7.40 | 7.60 |" in page
    widths = {line.replace(r"\|", "").count("|") for line in page.splitlines() if line.startswith("| director")}
    assert widths == {7}
    assert "no rows yet" in markdown(report_rows.nothing()["span"], answers(report_rows.nothing()).values())
