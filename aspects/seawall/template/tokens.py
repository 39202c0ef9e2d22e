"""Stand-ins, in a document's strings, for values that are not literal."""

from __future__ import annotations

from .values import Pseudo, Value


class Tokens:
    """Gives each value its token, the same value the same one, none of which occurs in the text by itself."""

    def __init__(self, text: str) -> None:
        """`text` is what the tokens must be told apart from."""
        self.values: dict[str, Value] = {}
        self._by_value: dict[str, str] = {}
        self._prefix = "value"
        while f"${{{self._prefix}:" in text:
            self._prefix += "_"

    def of(self, value: Value) -> str:
        """The token for `value`; a pseudo parameter's is what `Fn::Sub` writes, ``${AWS::Region}``."""
        same = repr(value)
        token = self._by_value.get(same)
        if token is None:
            name = value.name if isinstance(value, Pseudo) else f"{self._prefix}:{len(self._by_value)}"
            token = self._by_value[same] = f"${{{name}}}"
            self.values[token] = value
        return token

    def name(self, token: str, value: Value) -> None:
        """Let `token`, which the text already holds, stand for `value`."""
        self.values[token] = value
