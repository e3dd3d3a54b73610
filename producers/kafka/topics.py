"""Topics: making them, how long they keep, where they end, and whether a broker answers at all."""

import logging
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime, timedelta

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ListOffsetsResultInfo,
    NewTopic,
    OffsetSpec,
)

from lakehouse.clock import utc_now, wait_for
from lakehouse.settings import Settings
from lakehouse.tables import Topic
from producers.kafka.client import ADMIN_SECONDS, config, missing, ours

MILLISECOND = timedelta(milliseconds=1)
_NOT_YET = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_LEADER_EPOCH,
)
"""What a broker says of a partition that is new to it."""
_log = logging.getLogger(__name__)


def ensure_topics(settings: Settings, topics: Iterable[Topic], *, replication: int = 1) -> tuple[str, ...]:
    """Create the topics that do not exist, and return their names; those that exist are left as they are."""
    kept = {each: {"retention.ms": str(each.retention // MILLISECOND)} for each in topics}
    wanted = [NewTopic(each.name, each.partitions, replication, config=its) for each, its in kept.items()]
    created = []
    admin = _admin(settings)  # named, because a client that nothing holds ends, and its answers with it
    for name, future in admin.create_topics(wanted, request_timeout=ADMIN_SECONDS).items() if wanted else ():
        try:
            future.result()
            created.append(name)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise ours(error.args[0], name, settings) from None
    # Created is not yet known to all, nor led by a broker: who asks at once may hear that there is no such topic.
    wait_for(lambda: _all_answer(settings, admin, created), seconds=ADMIN_SECONDS, what="the topics' start")
    return tuple(created)


def keep_since(settings: Settings, topic: Topic, oldest: datetime) -> None:
    """Lengthen a topic's retention, where needed, so that messages as old as `oldest` live as long as fresh ones.

    Kafka counts retention from a message's own time: without this, the broker deletes replayed history on its next
    round, often before the streams have read it. Never shortens.
    """
    needed = (utc_now() - oldest + topic.retention) // MILLISECOND
    admin, resource = _admin(settings), ConfigResource(ConfigResource.Type.TOPIC, topic.name)
    try:
        described = admin.describe_configs([resource], request_timeout=ADMIN_SECONDS)[resource].result()
        if 0 <= int(described["retention.ms"].value) < needed:
            entry = ConfigEntry("retention.ms", str(needed), incremental_operation=AlterConfigOpType.SET)
            change = ConfigResource(ConfigResource.Type.TOPIC, topic.name, incremental_configs=[entry])
            admin.incremental_alter_configs([change], request_timeout=ADMIN_SECONDS)[change].result()
    except KafkaException as error:
        raise ours(error.args[0], topic.name, settings) from None


def end_offsets(settings: Settings, topic: str) -> dict[int, int]:
    """By partition, the offset that the next message will get."""
    admin = _admin(settings)
    try:
        known = admin.list_topics(timeout=ADMIN_SECONDS).topics
        if topic not in known:
            raise missing(topic, settings)
        ends = _ends(admin, topic, known[topic].partitions)
        return {place.partition: future.result().offset for place, future in ends.items()}
    except KafkaException as error:
        raise ours(error.args[0], topic, settings) from None


def reachable(settings: Settings, seconds: float) -> bool:
    """Whether a broker answers within that time."""
    try:
        AdminClient({**config(settings), "log_level": 0}).list_topics(timeout=seconds)
    except KafkaException:
        return False
    return True


def _all_answer(settings: Settings, admin: AdminClient, topics: Iterable[str]) -> bool:
    """Whether each of the topics is known, and each of its partitions has a leader that says where it ends."""
    known = admin.list_topics(timeout=ADMIN_SECONDS).topics
    for topic in topics:
        if topic not in known:
            return False
        try:
            for future in _ends(admin, topic, known[topic].partitions).values():
                future.result()
        except KafkaException as error:
            if error.args[0].code() in _NOT_YET:
                return False
            raise ours(error.args[0], topic, settings) from None
    return True


def _ends(
    admin: AdminClient, topic: str, partitions: Iterable[int]
) -> dict[TopicPartition, Future[ListOffsetsResultInfo]]:
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    asked = {TopicPartition(topic, partition): latest for partition in partitions}
    return admin.list_offsets(asked, request_timeout=ADMIN_SECONDS)


def _admin(settings: Settings) -> AdminClient:
    return AdminClient(config(settings), logger=_log)
