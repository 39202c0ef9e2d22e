"""Reads a message, in both pipelines."""
