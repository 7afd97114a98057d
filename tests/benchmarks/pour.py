"""Rows poured into a table as fast as the database takes them, past Django's objects."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, models, transaction

Row = dict[str, Any]


def pour(model: type[models.Model], rows: Iterable[Row], *, numbered: bool = False) -> None:
    """Inserts `rows`, by columns (`ticket_id`, not `ticket`); what is not named has its default.

    `numbered` rows bring their own keys. An object's `__dict__` is a row.
    """
    fields = [field for field in model._meta.concrete_fields if numbered or not _counted(field)]
    converters = [_converter(field) for field in fields]
    defaults = [field.get_default() for field in fields]
    plan = list(zip([field.attname for field in fields], defaults, converters, strict=True))
    values = (
        tuple(convert(row.get(name, default)) for name, default, convert in plan) for row in rows
    )
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), ", ".join(quote(one.column) for one in fields)
    # One transaction: SQLite would wait for the disk after every row.
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)
        else:
            marks = ", ".join(["%s"] * len(fields))
            # Names of our own tables; whatever is a value is a parameter.
            statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our models' names
            cursor.executemany(statement, values)


def _counted(field: "models.Field[Any, Any]") -> bool:
    return isinstance(field, models.AutoField | models.BigAutoField)


def _converter(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    """What the database's driver is given for a value of the field."""
    if isinstance(field, models.JSONField):
        return json.dumps
    if connection.vendor == "sqlite":
        target = field.target_field if isinstance(field, models.ForeignKey) else field
        if isinstance(target, models.UUIDField):
            return lambda value: value.hex if value is not None else None
        if isinstance(field, models.DateTimeField):
            return connection.ops.adapt_datetimefield_value
    return lambda value: value
