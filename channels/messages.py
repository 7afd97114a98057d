"""What is wrong with a request, before it becomes a message; the same words on every door."""


class BadRequest(Exception):
    """A request no message can be read from: a stable code, an HTTP status, a Chinese sentence."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(message)
