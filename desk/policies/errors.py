"""What can go wrong with policies, in words for readers and editors."""

from typing import TYPE_CHECKING

from desk.errors import DeskError

if TYPE_CHECKING:
    from desk.policies.models import PolicyVersion


class PolicyNotFound(DeskError):
    """The library holds no such document."""

    code = "policy_not_found"
    status = 404
    message = "没有找到这份政策文件，它可能已经撤下。"


class VersionNotFound(DeskError):
    code = "policy_version_not_found"
    status = 404
    message = "没有找到这份政策的这个版本。"


class LibraryClosed(DeskError):
    """There is no index yet, or it is damaged."""

    code = "library_closed"
    status = 503
    message = "政策库正在整理，请稍后再来。"


class InvalidPolicy(DeskError):
    """A field is missing, too long or contradicts another; the sentence says which."""

    code = "invalid_policy"
    status = 422
    message = "政策的内容不完整，请核对后再保存。"


class PolicyRefused(DeskError):
    """The uploaded file cannot be taken in; `reason` is the reader's code."""

    code = "policy_refused"
    status = 422

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class PolicyRepeats(DeskError):
    """The same text, or the same title and 文号, stands in the library already, as `other`."""

    code = "policy_repeats"
    status = 409

    def __init__(self, message: str, other: str) -> None:
        super().__init__(message)
        self.other = other


class DraftChanged(DeskError):
    """Somebody was faster: `theirs` is the draft, or the published version, that stands now.

    None when nothing does.
    """

    code = "policy_draft_changed"
    status = 409

    def __init__(self, message: str, theirs: "PolicyVersion | None") -> None:
        super().__init__(message)
        self.theirs = theirs


class NotNow(DeskError):
    """The policy's state does not allow it; the sentence says why."""

    code = "policy_not_now"
    status = 409
    message = "这份政策现在不能这样处理，请刷新页面再看。"


class PublishedStands(RuntimeError):
    """A published version is never changed: publish another one."""
