"""Which department a new ticket goes to."""

from desk.accounts.models import Department
from desk.tickets.values import Category

# Complaints and reports about firms are the market regulator's; the hotline sorts the rest.
DEFAULT_DEPARTMENT = {
    Category.COMPLAIN: "market",
    Category.REPORT: "market",
    Category.CONSULT: "hotline",
    Category.HELP: "hotline",
    Category.SUGGEST: "hotline",
}


def department_for(category: Category) -> Department | None:
    """The department `category` goes to; None, open to all staff, while that one does not exist."""
    return Department.objects.filter(code=DEFAULT_DEPARTMENT[category]).first()
