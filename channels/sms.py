"""Short messages through the city's own gateway: one POST of `{"phone", "text"}` to SMS_URL."""

import logging

import httpx
from django.conf import settings

logger = logging.getLogger(__name__)

PATIENCE = 3.0  # seconds


def is_on() -> bool:
    """Whether short messages can be sent."""
    return bool(settings.SMS_URL)


def send(phone: str, text: str) -> bool:
    """Whether the gateway took it. Blocks: for threads only."""
    try:
        answer = httpx.post(
            settings.SMS_URL,
            json={"phone": phone, "text": text},
            timeout=PATIENCE,
            trust_env=False,
        )
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.error("a short message was not sent: %s", type(error).__name__)
        return False
    return True
