"""The base of every error this room raises: a stable code beside a sentence a person can use."""


class KnowledgeError(Exception):
    """Something the knowledge base refuses; `code` is stable, the message says what and where."""

    code = "knowledge_error"


class DocumentError(KnowledgeError):
    """A file (or a row of one) that cannot be taken in, and what is wrong with it."""

    def __init__(self, code: str, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.code = code
        self.path = path
        self.reason = reason
