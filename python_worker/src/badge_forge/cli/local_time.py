"""Local times and durations in words."""

from datetime import UTC, datetime


def clock(time: datetime) -> str:
    """Return the local time of day of `time`."""
    return f"{time.astimezone():%H:%M:%S}"


def local(moment: datetime) -> str:
    """Return the local date and time of `moment`, which is in UTC, without a zone."""
    return f"{moment.replace(tzinfo=UTC).astimezone():%Y-%m-%d %H:%M}"


def zone(time: datetime) -> str:
    """Return the local time zone at `time`: "CET, UTC+01:00"."""
    local = time.astimezone()
    return f"{local:%Z}, UTC{local:%:z}" if f"{local:%Z}" != "UTC" else "UTC"


def duration(seconds: float) -> str:
    """Return a duration in words: "0.25 s", "12 s", "3 min 5 s", "2 h 10 min"."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
