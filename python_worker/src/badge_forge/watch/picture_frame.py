"""The frame beside the latest badges that shows a picture of the selected one."""

import asyncio
import time
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static
from textual_image.widget import Image

from badge_forge.views.snapshot import LatestJob
from badge_forge.watch.picture import picture

LEAST_ROWS = {True: 6, False: 18}
"""Fewest rows of a picture, drawn in pixels (sharp) or in half blocks."""

CELLS_PER_ROW = 1.5
"""Width of the frame, in cells for each row: a portrait badge and its padding."""

INTERVAL_S = 5.0
"""Shortest time between two pictures, unless the user selects a badge."""


class PictureFrame(Container):
    """A picture of a badge, where there is room. A `sharp` terminal draws pixels, others half blocks."""

    def __init__(self, badges_dir: Path, sharp: bool) -> None:
        super().__init__(id="picture")
        self._badges_dir = badges_dir
        self._sharp = sharp
        self._image = Image()
        self._words = Static(f"no PDF in {badges_dir}", markup=False)
        self._words.display = False
        self._job_id: int | None = None
        self._shown_at = float("-inf")

    def compose(self) -> ComposeResult:
        """Compose the frame. Textual calls this."""
        yield self._image
        yield self._words

    def show(self, job: LatestJob | None, chosen: bool) -> None:
        """Show the badge of `job`: at once if the user chose it, otherwise every `INTERVAL_S`."""
        assert isinstance(self.parent, Widget)
        width, rows = self.parent.size
        room = rows >= LEAST_ROWS[self._sharp] and job is not None
        self.set_class(room, "-shown")
        self.styles.width = min(round(rows * CELLS_PER_ROW), width // 3)
        if not (room and job) or job.id == self._job_id:
            return
        if chosen or time.monotonic() - self._shown_at >= INTERVAL_S:
            self._job_id, self._shown_at = job.id, time.monotonic()
            self.run_worker(self._load(job), exclusive=True)

    async def _load(self, job: LatestJob) -> None:
        found = await asyncio.to_thread(picture, job, self._badges_dir)
        self._image.image = found  # frees the one before in the terminal's memory
        self._image.display, self._words.display = found is not None, found is None
        if found is None:
            self._job_id = None  # the PDF may appear, for example on a network file system
