"""The hotline's settings, read once from Django's."""

from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True, slots=True)
class HotlineSettings:
    """What the door needs. `staff_number`: where 0 is put through to; empty: staff call back."""

    secret: str = field(repr=False)
    staff_number: str = ""


def read() -> HotlineSettings | None:
    """The settings; None while the hotline is off."""
    if state() != "on":
        return None
    return HotlineSettings(settings.HOTLINE_SECRET, settings.HOTLINE_STAFF_NUMBER)


def state() -> str:
    """ "on", or "off: …" with the setting that is missing."""
    return "on" if settings.HOTLINE_SECRET else "off: HOTLINE_SECRET is not set"
