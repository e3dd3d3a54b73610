"""What publishing and administration share: librdkafka's settings, and its errors as ours.

Settings: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md.
"""

from typing import Any

from confluent_kafka import KafkaError

from lakehouse.errors import KafkaUnavailable, LakehouseError, TopicMissing
from lakehouse.settings import Settings

ADMIN_SECONDS = 15.0


def config(settings: Settings) -> dict[str, Any]:
    """The settings of any client."""
    return {"log_level": 3, **settings.kafka.properties, "bootstrap.servers": settings.kafka.bootstrap_servers}


def ours(error: KafkaError, topic: str, settings: Settings) -> LakehouseError:
    """What was said of a topic, as our error."""
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return missing(topic, settings)
    return unavailable(error.str(), settings)


def unavailable(what: str, settings: Settings) -> KafkaUnavailable:
    """That Kafka does not do what it should, and why."""
    where = settings.kafka.bootstrap_servers
    return KafkaUnavailable(f"Kafka is not available: {what}", where=where, hint="moviepulse doctor")


def missing(topic: str, settings: Settings) -> TopicMissing:
    """That nobody has made the topic."""
    where = settings.kafka.bootstrap_servers
    return TopicMissing(f"there is no topic {topic}", where=where, hint="moviepulse topics")
