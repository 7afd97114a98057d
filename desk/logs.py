"""Keeps personal data out of the logs."""

import logging

from knowledge_base.text import mask_personal


class MaskPersonal(logging.Filter):
    """Masks telephone and identity numbers in every record, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = mask_personal(record.getMessage())
        record.args = ()
        return True
