"""The broker without Docker: it answers, keeps what it acknowledged, refuses clearly, and leaves no process."""

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from apps.local_kafka import Broker
from lakehouse.errors import KafkaUnavailable, PortTaken, Terminal
from lakehouse.settings import Settings
from tests.system.conftest import settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def with_broker(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update={"broker": settings.broker.model_copy(update=values)})


def publish(broker: Broker, topic: str, *values: bytes) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "acks": "all"})
    for value in values:
        producer.produce(topic, value, partition=0)
    assert producer.flush(20) == 0


def stored(broker: Broker, topic: str, count: int) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "t", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    messages = consumer.consume(count, 20)
    consumer.close()
    return [message.value() for message in messages]


def make_topic(broker: Broker, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(20)


def test_what_was_acknowledged_survives_a_stop_and_a_crash_and_no_process_is_left(settings):
    broker = Broker(settings)
    processes = []
    for end in (broker.stop, broker.kill, broker.stop):
        broker.start()
        processes.append(broker.pid)
        if len(processes) == 1:
            make_topic(broker, "kept")
        publish(broker, "kept", f"run {len(processes)}".encode())
        assert stored(broker, "kept", len(processes)) == [f"run {run + 1}".encode() for run in range(len(processes))]
        end()
        assert broker.pid is None
    assert not any(psutil.pid_exists(pid) for pid in processes)
    assert not [each for each in psutil.process_iter(["cmdline"]) if str(settings.root) in str(each.info["cmdline"])]


def test_the_session_broker_answers_on_loopback_only_and_makes_no_topic_by_itself(broker):
    listening = {each.laddr.ip for each in psutil.Process(broker.pid).net_connections() if each.status == "LISTEN"}
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    admin.list_topics("a-typo", timeout=10)
    assert "a-typo" not in admin.list_topics(timeout=10).topics


def test_a_message_of_the_largest_size_is_taken(broker):
    largest = broker.settings.kafka.max_message_bytes
    make_topic(broker, "large")
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "message.max.bytes": largest + 1000})
    failures = []
    producer.produce("large", os.urandom(largest), on_delivery=lambda error, _: failures.append(error))
    assert producer.flush(20) == 0
    assert failures == [None]


def test_a_taken_port_is_refused_with_what_to_set(settings):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken) as refused:
            Broker(with_broker(settings, port=port)).start()
    assert str(refused.value) == (
        f"port {port} is taken\n"
        f"  where: 127.0.0.1:{port}\n"
        "  next: moviepulse doctor names the process; end it, or set MOVIEPULSE_BROKER__PORT and "
        "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS"
    )


def test_a_second_broker_on_the_same_data_is_refused_and_the_first_goes_on(broker, tmp_path):
    elsewhere = settings_in(tmp_path)
    second = Broker(broker.settings.model_copy(update={"broker": elsewhere.broker}))
    with pytest.raises(Terminal, match="a broker already runs on this data folder"):
        second.start()
    assert broker.pid is not None


def test_a_broker_that_ends_while_it_starts_shows_its_last_words(settings):
    data = settings.root / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")
    broker = Broker(settings)
    with pytest.raises(KafkaUnavailable, match=r"(?s)the broker ended while it started.*Stored node id 7"):
        broker.start()
    assert broker.pid is None


def test_a_wrong_memory_setting_shows_what_java_says(settings):
    with pytest.raises(KafkaUnavailable, match=r"(?s)could not be formatted.*Invalid maximum heap size: -Xmxmuch"):
        Broker(with_broker(settings, memory="much")).start()


def test_a_broker_that_stays_silent_is_ended_at_the_deadline(settings):
    broker = Broker(settings, ready=lambda _settings, _seconds: False)
    with pytest.raises(KafkaUnavailable, match="did not answer within 4 s"):
        broker.start(4)
    assert broker.pid is None


def test_an_interrupt_while_it_starts_leaves_no_process(settings):
    started = []

    def interrupted(_settings: Settings, _seconds: float) -> bool:
        started.append(broker.pid)
        raise KeyboardInterrupt

    broker = Broker(settings, ready=interrupted)
    with pytest.raises(KeyboardInterrupt), broker:
        pytest.fail("the block ran without a broker")
    assert not psutil.pid_exists(started[0])


def test_a_broker_that_does_not_stop_in_time_is_killed(settings):
    with Broker(settings) as broker:
        pid = broker.pid
        os.kill(pid, signal.SIGSTOP)
        broker.stop(0.5)
        assert not psutil.pid_exists(pid)
