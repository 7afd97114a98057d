"""Keeps personal data out of the logs."""

import logging

from knowledge_base.text import mask_personal


class MaskPersonal(logging.Formatter):
    """Masks telephone and identity numbers in whole records, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_personal(super().format(record))
