"""What can go wrong at the desk, named once; each entrance maps these to its own words."""


class DeskError(Exception):
    """A refusal the caller can explain: a stable code, an HTTP status and a Chinese sentence.

    `response` names the dialogue's answer (domain.yml) for the same refusal.
    """

    code = "desk_error"
    status = 400
    message = "这件事没办成，请稍后再试，或者找工作人员。"
    response = "utter_handoff_offer"

    def __init__(self, message: str | None = None) -> None:
        self.message = message or type(self).message
        super().__init__(self.message)


class NotPermitted(DeskError):
    """The staff member's role or department does not allow it."""

    code = "not_permitted"
    status = 403
    message = "您没有办理这件事的权限。"
