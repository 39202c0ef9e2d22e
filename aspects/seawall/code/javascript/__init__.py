"""JavaScript and TypeScript handlers: tree-sitter, the AWS SDKs of both generations, promises, callbacks, bundles."""

from .language import JavaScript

__all__ = ["JavaScript"]
