"""Python handlers: the standard `ast`, boto3, and the packages that change what a handler does."""

from .language import Python

__all__ = ["Python"]
