"""The option `--since`: a time ago, a time of day, or a date."""

import re
from datetime import datetime, timedelta

import click

AGO = re.compile(r"(\d{1,6})\s*(s|m|min|h|d)")
SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


class Since(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on
    """How long ago (`30m`, `2h`, `3d`), a time of today (`10:30`), or a date. Local."""

    name = "time"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> datetime:
        """Return an aware time. Fails with the forms that there are."""
        if isinstance(value, datetime):
            return value
        try:
            return parse(str(value).strip(), datetime.now().astimezone())
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is not a time: use 30m, 2h, 3d, 10:30, 2026-11-29 or 2026-11-29T10:30",
                parameter,
                context,
            )


def parse(text: str, now: datetime) -> datetime:
    """Return the time that `text` names at `now` (aware). Raises `ValueError`, `OverflowError`."""
    if ago := AGO.fullmatch(text):
        return now - timedelta(seconds=int(ago[1]) * SECONDS[ago[2]])
    if re.fullmatch(r"\d{1,2}:\d\d", text):
        hour, minute = map(int, text.split(":"))
        return now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.astimezone()
