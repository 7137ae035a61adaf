"""The orders in which badges can be sorted."""

from typing import Literal

Order = Literal["queue", "name", "family-name", "company", "type"]
"""`queue` is the order in which badges were enqueued."""
