"""Personal data does not reach the logs, tracebacks included."""

import logging

from desk.logs import MaskPersonal


def test_numbers_are_masked_in_the_message_and_in_the_traceback():
    try:
        raise ValueError("Failing row contains (张三, 13900001111, 139-0000-1111, 0827-5261234)")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "x.py", 1, "said: %s", ("510000199001011234",), None
        )
        record.exc_info = (type(error), error, error.__traceback__)
    line = MaskPersonal("%(message)s").format(record)
    for secret in ("13900001111", "139-0000-1111", "5261234", "19900101"):
        assert secret not in line
    assert "Failing row" in line
