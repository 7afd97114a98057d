"""The base of every error this room raises: a stable code beside a sentence a person can use."""


class KnowledgeError(Exception):
    """Something the knowledge base refuses; `code` is stable, the message says what and where."""

    code = "knowledge_error"
