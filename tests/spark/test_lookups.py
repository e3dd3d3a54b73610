"""What a session saves at each operation: names that Py4J would look up anew in hundreds of jars, what jobs carry."""

import py4j.clientserver
import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import functions as F

LOOK_UPS = "r\nu\n", "r\nm\n"  # Py4J's commands for a name that it does not know, and for a member of a class


@pytest.fixture
def looked_up(monkeypatch):
    sent, send = [], py4j.clientserver.ClientServerConnection.send_command

    def noting(connection, command):
        if command.startswith(LOOK_UPS):
            sent.append(command.splitlines()[2])
        return send(connection, command)

    monkeypatch.setattr(py4j.clientserver.ClientServerConnection, "send_command", noting)
    return sent


def test_a_name_that_nothing_keeps_is_looked_up_each_time(spark, looked_up):
    for _ in range(2):
        assert spark._jvm.scala is not None
    assert looked_up == ["scala", "scala"]


def test_an_operation_on_columns_looks_none_up_the_second_time(spark, looked_up):
    for _ in range(2):
        looked_up.clear()
        found = F.when(F.col("id") > 1, F.lit("a")).otherwise("b")
        spark.range(3).select(found).agg(F.count("*")).collect()
    assert looked_up == []


@pytest.mark.parametrize(("query", "error"), [("SELECT nothing", AnalysisException), ("SELEKT", ParseException)])
def test_an_error_looks_none_up_the_second_time(spark, looked_up, query, error):
    for _ in range(2):
        looked_up.clear()
        with pytest.raises(error):
            spark.sql(query)
    assert looked_up == []


def test_the_end_of_a_list_from_java_looks_none_up(spark, looked_up):
    assert len(list(spark.range(3)._jdf.takeAsList(2))) == 2
    assert looked_up == []


def test_settings_of_hadoop_travel_without_the_names_of_their_files(spark):
    of_a_query = spark._jsparkSession.sessionState().newHadoopConf()
    assert of_a_query.get("io.file.buffer.size")
    assert of_a_query.getPropertySources("io.file.buffer.size") is None
