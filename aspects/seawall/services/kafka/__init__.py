"""Kafka: Amazon MSK and clusters of others."""
