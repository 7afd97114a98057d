"""What a sender says when a platform did not take a message; channels/deliver.py acts on the type.

Each sender maps its library's errors to these and keeps the cause (`raise … from error`). `parts`
are the platform's ids of the parts it took before, those of earlier tries included.
"""


class NotDelivered(Exception):
    """Why a message did not go out: a stable code, and words for staff and the log."""

    def __init__(self, code: str, reason: str, *, parts: tuple[str, ...] = ()) -> None:
        self.code, self.reason, self.parts = code, reason, parts
        super().__init__(f"{code}: {reason}")


class ChannelBusy(NotDelivered):
    """The platform asks us to slow down: nothing goes out on the channel for `retry_after` s."""

    def __init__(
        self,
        retry_after: float,
        reason: str = "平台要求放慢发送",
        *,
        code: str = "busy",
        parts: tuple[str, ...] = (),
    ) -> None:
        self.retry_after = retry_after
        super().__init__(code, reason, parts=parts)


class WindowClosed(NotDelivered):
    """The platform lets us write only after the person did: kept until then."""

    def __init__(
        self, reason: str, *, code: str = "window_closed", parts: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code, reason, parts=parts)


class Refused(NotDelivered):
    """Final: the same message would be refused again (blocked, unknown, not authorised)."""


class Unreachable(NotDelivered):
    """No usable answer from the platform (network, timeout, 5xx, a token being renewed)."""

    def __init__(
        self, reason: str, *, code: str = "unreachable", parts: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code, reason, parts=parts)
