"""What the panes of the application show: the latest view, and what the user selected in it."""

from dataclasses import replace

from rich.text import Text

from badge_forge.views.snapshot import LatestJob
from badge_forge.watch.filter import Filter
from badge_forge.watch.panes import failures, latest, nodes, queues
from badge_forge.watch.source import Seen, Source
from badge_forge.watch.view import View


class Shown:
    """The view of `source`, None until it has answered, with a filter and a selected job and failure."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._job_id: int | None = None
        self._failure: int | None = None
        self.chosen = Filter()
        self.view: View | None = None

    def see(self, seen: Seen) -> None:
        """Show what was `seen`."""
        self.view = View(seen, self._source.any_table, self._source.prefix, self.chosen)

    def choose(self, chosen: Filter) -> None:
        """Show what passes a filter."""
        self.chosen = chosen
        self.view = self.view and replace(self.view, chosen=chosen)

    @property
    def follows_newest(self) -> bool:
        """Whether the newest job is selected, whichever it is."""
        return self._job_id is None

    def job(self) -> LatestJob | None:
        """Return the selected job: the newest unless the user selected one that is still listed."""
        found = latest.jobs(self.view) if self.view else []
        return next((job for job in found if job.id == self._job_id), next(iter(found), None))

    def select_job(self, step: int) -> None:
        """Select the job `step` lines below. The first line follows the newest."""
        ids = [job.id for job in latest.jobs(self.view)] if self.view else []
        position = ids.index(self._job_id) if self._job_id in ids else 0
        position = min(max(0, position + step), max(0, len(ids) - 1))
        self._job_id = ids[position] if position else None

    def select_failure(self, step: int) -> None:
        """Select the cause of failures `step` below."""
        last = len(failures.groups(self.view)) - 1 if self.view else 0
        before = -1 if self._failure is None else self._failure
        self._failure = min(max(0, before + step), max(0, last))

    def reset(self) -> None:
        """Select the newest job and no failure."""
        self._job_id = self._failure = None

    def titles(self) -> dict[str, str]:
        """Return the titles of the panes whose title depends on the view, by the id of the pane."""
        if not self.view:
            return {}
        return {"latest": latest.title(self.view), "failures": failures.title(self.view)}

    def queues(self, width: int, _height: int) -> list[Text]:
        """Return the lines of the queues."""
        return queues.queues(self.view, width) if self.view else [Text("connecting …", "dim")]

    def latest(self, width: int, height: int) -> list[Text]:
        """Return the lines of the latest jobs."""
        selected = job.id if (job := self.job()) else None
        return latest.latest(self.view, width, height, selected) if self.view else []

    def failures(self, width: int, height: int) -> list[Text]:
        """Return the lines of the failures."""
        return failures.failures(self.view, width, height, self._failure) if self.view else []

    def nodes(self, width: int, height: int) -> list[Text]:
        """Return the lines of the applications."""
        return nodes.nodes(self.view, width, height) if self.view else []
