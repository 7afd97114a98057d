"""Which role opens which page of the console: a page that does not stand here opens to nobody.

Rows are another matter: which tickets and conversations of a page somebody sees is decided by
tickets/permissions.py and access.py.
"""

from desk.accounts.models import Role, StaffMember

EVERYBODY = frozenset(Role)
# Those who speak with people and work on what they bring.
WORKERS = frozenset(
    {
        Role.OPERATOR,
        Role.HANDLER,
        Role.HEAD,
        Role.SPECIALIST,
        Role.SUPERVISOR,
        Role.ADMINISTRATOR,
    }
)
OVERSEERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
AUDITORS = frozenset({Role.SUPERVISOR, Role.DISCIPLINE, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
EDITORS = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
CANNED_KEEPERS = frozenset({Role.HEAD, Role.SUPERVISOR, Role.ADMINISTRATOR})

# Those who give tickets to others: moves.py says which of them which.
GIVERS = frozenset({Role.OPERATOR, Role.HEAD, Role.SUPERVISOR, Role.ADMINISTRATOR})

# Open without signing in.
DOORS = frozenset({"login", "logout"})

PAGES: dict[str, frozenset[Role]] = {
    "queue": WORKERS,
    "waiting": WORKERS,
    "fresh": WORKERS,
    "give": GIVERS,
    "export": WORKERS,
    "ticket": WORKERS,
    "ticket-reply": WORKERS,
    "note": WORKERS,
    "move": WORKERS,
    "conversation": WORKERS,
    "transcript": WORKERS,
    "take": WORKERS,
    "give-back": WORKERS,
    "conversation-reply": WORKERS,
    "notice-seen": WORKERS,
    "follow-up-done": WORKERS,
    "older": WORKERS,
    "attach": WORKERS,
    "conversation-note": WORKERS,
    "pass": WORKERS,
    "pass-on": WORKERS,
    "typing": WORKERS,
    "file": WORKERS,
    "live": EVERYBODY,
    "counts": WORKERS,
    "canned": CANNED_KEEPERS,
    "canned-new": CANNED_KEEPERS,
    "canned-one": CANNED_KEEPERS,
    "canned-remove": CANNED_KEEPERS,
    "enterprises": WORKERS,
    "enterprise": WORKERS,
    "enterprise-new": ADMINISTRATORS,
    "enterprise-edit": ADMINISTRATORS,
    "enterprise-specialist": OVERSEERS,
    "binding-code": WORKERS,
    "rules": ADMINISTRATORS,
    "level-set": ADMINISTRATORS,
    "rule-set": ADMINISTRATORS,
    "rule-drop": ADMINISTRATORS,
    "deliveries": OVERSEERS,
    "delivery-retry": OVERSEERS,
    "delivery-drop": OVERSEERS,
    "password": EVERYBODY,
    "stay": EVERYBODY,
    "left": EVERYBODY,
    "staff": ADMINISTRATORS,
    "staff-new": ADMINISTRATORS,
    "staff-one": ADMINISTRATORS,
    "staff-active": ADMINISTRATORS,
    "staff-reset": ADMINISTRATORS,
    "audit": AUDITORS,
    "partners": ADMINISTRATORS,
    "partner-token": ADMINISTRATORS,
    "partner-revoke": ADMINISTRATORS,
    "partner-switch": ADMINISTRATORS,
    "policies": EDITORS,
    "policy-new": EDITORS,
    "policy-upload": EDITORS,
    "policy": EDITORS,
    "policy-edit": EDITORS,
    "policy-upload-new": EDITORS,
    "policy-try": EDITORS,
    "policy-compare": EDITORS,
    "policy-version": EDITORS,
    "policy-publish": EDITORS,
    "policy-withdraw": EDITORS,
    "policy-drop": EDITORS,
    "policy-roll-back": EDITORS,
    "policy-repeal": EDITORS,
    "policy-file-seen": EDITORS,
    "missing": EVERYBODY,
}

# Where each role begins its day; the others begin with the queue.
HOMES = {Role.EDITOR.value: "policies", Role.DISCIPLINE.value: "audit"}


def may_visit(staff: StaffMember, page: str) -> bool:
    """Whether `staff`'s role opens the page of this name."""
    return staff.is_active and staff.role in PAGES.get(page, frozenset())


def home_of(staff: StaffMember) -> str:
    """The name of the page `staff` begins with."""
    return HOMES.get(staff.role, "queue")
