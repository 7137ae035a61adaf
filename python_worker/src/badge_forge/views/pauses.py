"""Which queues are paused, and since when."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict


class Pause(BaseModel):
    """A queue that `badge-forge pause` paused, also for applications that start later. UTC."""

    model_config = ConfigDict(frozen=True)

    queue: str
    paused_at: datetime


def since(paused_at: datetime, now: datetime | None = None) -> str:
    """Return the local time of `paused_at`, with its day unless it is today's, as in "since 12:03".

    Both times are in UTC, without a zone.
    """
    local = paused_at.replace(tzinfo=UTC).astimezone()
    today = now.replace(tzinfo=UTC).astimezone() if now else datetime.now().astimezone()
    return local.strftime("since %H:%M" if local.date() == today.date() else "since %d %b %H:%M")
