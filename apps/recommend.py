"""The command that trains recommendations and says how good they are."""

from typing import TYPE_CHECKING

from apps import show

if TYPE_CHECKING:
    from flows.recommend import Recommended


def recommend() -> None:
    """Train recommendations, judge them on what users liked last, and publish them if they beat what everybody likes.

    Example: moviepulse recommend
    """
    from flows.recommend import recommend as train

    recommendations(train())


def recommendations(done: "Recommended") -> None:
    """Print how good each method is, and what became of it."""
    columns = ["method", "users", "liked, held out", "precision@10", "recall@10", "NDCG@10", "coverage"]
    rows = [
        (one.method, one.user_count, one.held_out_count, *[f"{share:.4f}" for share in (
            one.precision_ratio, one.recall_ratio, one.ndcg_ratio, one.coverage_ratio)]) for one in done.evaluated
    ]  # fmt: skip
    show.grid("Recommendations", columns, rows)
    if done.why_not:
        said = f"not published: {done.why_not}"
    else:
        said = f"published: gold.title_recommendation, version {done.version}"
    show.console.print(said, markup=False, soft_wrap=True)
