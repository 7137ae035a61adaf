"""Numbers and times in words."""

import math
from datetime import UTC, datetime

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400

SIGNIFICANT_DIGITS = 3
"""Digits of an estimate that are shown."""


def number(count: int, estimated: bool = False) -> str:
    """Return a count with thousands separated, and an estimate rounded, as in "~1,230,000"."""
    if not estimated:
        return f"{count:,}"
    digits = SIGNIFICANT_DIGITS - len(str(abs(count)))
    return f"~{round(count, min(digits, 0)):,}"


def seconds(duration_s: float | None) -> str:
    """Return a duration in its largest unit, as in "340 ms", "1.2 s" or "3 min". "-" if unknown."""
    if duration_s is None or not math.isfinite(duration_s) or duration_s < 0:
        return "-"
    for limit, unit_s, form in (
        (0.9995, 0.001, "{:.0f} ms"),
        (9.95, 1, "{:.1f} s"),
        (100, 1, "{:.0f} s"),
        (100 * MINUTE_S, MINUTE_S, "{:.0f} min"),
        (48 * HOUR_S, HOUR_S, "{:.0f} h"),
    ):
        if duration_s < limit:
            return form.format(duration_s / unit_s)
    return f"{duration_s / DAY_S:,.0f} d"


def age(age_s: float) -> str:
    """Return an age in seconds or larger units, as in "0 s" or "3 min"."""
    return seconds(age_s) if age_s >= MINUTE_S else f"{max(0.0, age_s):.0f} s"


def rate(per_second: float) -> str:
    """Return a rate per second, or per minute if it is small: "42/s", "1.5/s", "6/min"."""
    if per_second >= 9.95:
        return f"{per_second:,.0f}/s"
    if per_second >= 0.95:
        return f"{per_second:.1f}/s"
    return f"{per_second * MINUTE_S:.0f}/min" if per_second else "-"


def clock(moment: datetime, now: datetime) -> str:
    """Return the local time of `moment`, with its day unless it is that of `now`. Both are in UTC."""
    local, today = (each.replace(tzinfo=UTC).astimezone() for each in (moment, now))
    return local.strftime("%H:%M:%S" if local.date() == today.date() else "%d %b %H:%M")
