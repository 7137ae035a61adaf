"""Frames of a recording, and the animation that is made of them."""

import io
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PIL import Image

SIZE_PX = (880, 528)
LONGEST_MS = 800
"""A frame is not shown for longer, so that waiting takes no time. The last frame of a scene is."""

QUALITY = 60
"""WebP quality, of 100."""


@dataclass(frozen=True)
class Frame:
    """A PNG of `SIZE_PX`, and the seconds after the start of its scene at which it appeared."""

    at_s: float
    png: bytes


@dataclass(frozen=True)
class Scene:
    """Frames in order of time. The last one stays for `last_ms`."""

    frames: list[Frame]
    last_ms: int

    def durations_ms(self) -> list[int]:
        """Return how long each frame is shown."""
        times = [frame.at_s for frame in self.frames]
        between = [min(LONGEST_MS, round((after - before) * 1000)) for before, after in pairwise(times)]
        return [*between, self.last_ms]


def write_animation(scenes: list[Scene], path: Path) -> None:
    """Write the frames of `scenes` to `path` as an animated WebP that repeats."""
    images = [
        Image.open(io.BytesIO(frame.png)).convert("RGB") for scene in scenes for frame in scene.frames
    ]
    durations = [duration for scene in scenes for duration in scene.durations_ms()]
    images[0].save(
        path,
        "WEBP",
        save_all=True,
        append_images=images[1:],
        duration=durations,
        loop=0,
        quality=QUALITY,
        method=6,
        minimize_size=True,
        allow_mixed=True,
    )
