"""Who made titles: the dimension of persons and the bridge with their roles."""

from typing import Any

from batch.gold.credit import bridge_title_person, dim_person
from lakehouse.contracts.catalogue import CATALOGUE_CREDIT
from lakehouse.contracts.credit import BRIDGE_TITLE_PERSON
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.title import TITLE_CREDIT
from tests.builders import row, rows


def credit(person_id: int, credit_type: str = "cast", *, title_id: int = 1, **values: Any) -> dict[str, Any]:
    number = f"{title_id}-{person_id}-{credit_type}-{sorted(values.items())}"
    return row(
        TITLE_CREDIT, title_id=title_id, credit_id=number, person_id=person_id, credit_type=credit_type, **values
    )


def director(person_id: int, **values: Any) -> dict[str, Any]:
    return credit(person_id, "crew", job="Director", **values)


def actor(person_id: int, order: int | None, name: str | None = None) -> dict[str, Any]:
    return {"id": person_id, "name": name, "character": None, "credit_id": None, "order": order, "roles": None}


def member(person_id: int, job: str, name: str | None = None) -> dict[str, Any]:
    return {"id": person_id, "name": name, "department": None, "job": job, "credit_id": None, "jobs": None}


def dated(title_id: int = 1, **values: Any) -> dict[str, Any]:
    return row(CATALOGUE_CREDIT, title_id=title_id, **values)


def bridged(spark, credits=(), catalogue=(), titles=(1,)):
    title = rows(spark, DIM_TITLE, *(row(DIM_TITLE, title_id=number) for number in titles))
    found = bridge_title_person(title, rows(spark, TITLE_CREDIT, *credits), rows(spark, CATALOGUE_CREDIT, *catalogue))
    return sorted(tuple(one) for one in found.select(*BRIDGE_TITLE_PERSON.names[1:]).collect())


def test_a_person_has_a_row_for_each_role_and_each_role_counts_once(spark):
    found = bridged(spark, [
        director(10), director(11), credit(12, "creator", job="Creator"), credit(10, cast_rank=1),
        credit(13, cast_rank=2), credit(14, "crew", job="Writer"),
    ])  # fmt: skip
    assert found == [
        (1, 10, "director", 0.5), (1, 10, "lead", 0.5), (1, 11, "director", 0.5), (1, 12, "creator", 1.0),
        (1, 13, "lead", 0.5),
    ]  # fmt: skip


def test_leads_are_the_first_five_persons_of_the_cast_whatever_places_and_parts_they_have(spark):
    cast = [
        credit(person, cast_rank=rank) for person, rank in [(20, 3), (21, 3), (22, None), (23, 9), (24, 30), (25, 40)]
    ]
    found = bridged(spark, [*cast, credit(20, cast_rank=1, character="another")])
    assert [(person, weight) for _, person, _, weight in found] == [
        (20, 0.2), (21, 0.2), (23, 0.2), (24, 0.2), (25, 0.2),
    ]  # fmt: skip


def test_a_title_without_any_role_has_one_row_of_the_unknown_person(spark):
    found = bridged(spark, [credit(14, "crew", job="Writer")], titles=(0, 1, 2))
    assert found == [(title, 0, "none", 1.0) for title in (0, 1, 2)]


def test_the_catalogue_counts_where_the_details_name_no_role(spark):
    catalogue = [
        dated(1, cast=[actor(30, 0)], crew=[member(31, "Director")]),
        dated(2, cast=[actor(30, 1), actor(32, 0), actor(0, 2)], crew=[member(31, "Director"), member(33, "Editor")]),
    ]
    found = bridged(spark, [director(10, title_id=1), credit(14, "crew", title_id=2, job="Writer")], catalogue, (1, 2))
    assert found == [
        (1, 10, "director", 1.0), (2, 30, "lead", 0.5), (2, 31, "director", 1.0), (2, 32, "lead", 0.5),
    ]  # fmt: skip


def test_a_person_s_name_is_the_details_else_the_catalogue_s_else_the_id(spark):
    credits = rows(spark, TITLE_CREDIT, credit(1, person_name="Ann"), credit(2, person_name=" "), credit(3))
    catalogue = [dated(cast=[actor(1, 0, "ANN"), actor(4, 1, "Dan")], crew=[member(2, "Editor", "Bo")])]
    found = dim_person(credits, rows(spark, CATALOGUE_CREDIT, *catalogue))
    assert {one.person_id: one.person_name for one in found.collect()} == {
        0: "unknown", 1: "Ann", 2: "Bo", 3: "person 3", 4: "Dan",
    }  # fmt: skip
