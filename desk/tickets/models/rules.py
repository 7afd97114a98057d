"""What a city decides for itself: its promises, and which department a matter goes to.

Rows here replace the defaults of the house one by one (levels.py, routing.yml).
"""

from django.db import models
from django.db.models import Q

from desk.accounts.models import Department
from desk.enterprises.models import District
from desk.tickets.models.clocks import UNITS
from desk.tickets.values import Category, Demand, Kind


class ServiceLevel(models.Model):
    """One promise as the city makes it; an `amount` of 0 promises nothing."""

    demand = models.CharField("诉求", max_length=16, choices=Demand)
    kind = models.CharField("时限", max_length=16, choices=Kind)
    amount = models.PositiveSmallIntegerField("承诺")
    unit = models.CharField("单位", max_length=8, choices=UNITS)

    class Meta:
        verbose_name = "服务承诺"
        constraints = (
            models.UniqueConstraint(fields=["demand", "kind"], name="level_once"),
            models.CheckConstraint(
                condition=Q(demand__in=Demand.values, kind__in=Kind.values), name="level_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.demand} {self.kind}: {self.amount} {self.unit}"


class RoutingRule(models.Model):
    """Matters of this category, topic and district (empty: any) go to `department`."""

    category = models.CharField("类别", max_length=16, choices=Category, blank=True)
    topic = models.CharField("事项", max_length=32, blank=True)
    district = models.CharField("区县", max_length=16, choices=District, blank=True)
    department = models.ForeignKey(
        Department, verbose_name="部门", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "分派规则"
        ordering = ("topic", "category", "district")
        constraints = (
            models.UniqueConstraint(fields=["category", "topic", "district"], name="rule_once"),
            models.CheckConstraint(
                condition=Q(
                    category__in=["", *Category.values], district__in=["", *District.values]
                ),
                name="rule_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.category}/{self.topic}/{self.district}: {self.department_id}"
