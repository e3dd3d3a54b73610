"""Kafka: the only folder that imports confluent_kafka."""
