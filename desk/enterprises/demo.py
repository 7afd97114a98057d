"""Firms of the demonstration; none exist: division 999999 and body DEM0… are issued to nobody."""

import csv
from datetime import date
from pathlib import Path

from desk.enterprises.models import District, Scale
from desk.enterprises.services import EnterpriseCard

FIRMS = Path(__file__).with_name("demo.csv")


def cards() -> list[EnterpriseCard]:
    """The demonstration's firms, all marked as samples."""
    with FIRMS.open(encoding="utf-8", newline="") as rows:
        return [
            EnterpriseCard(
                name=row["name"],
                credit_code=row["credit_code"],
                industry=row["industry"],
                district=District(row["district"]),
                scale=Scale(row["scale"]),
                registered_on=date.fromisoformat(row["registered_on"]),
                sample=True,
            )
            for row in csv.DictReader(rows)
        ]
