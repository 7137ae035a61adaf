"""`make recording` writes one animation that shows each frame long enough, and no waiting."""

import io
from pathlib import Path

from PIL import Image

from recording.frames import LONGEST_MS, SIZE_PX, Frame, Scene, write_animation


def frame(at_s: float, color: str) -> Frame:
    output = io.BytesIO()
    Image.new("RGB", SIZE_PX, color).save(output, "PNG")
    return Frame(at_s, output.getvalue())


def test_waiting_is_shortened_and_the_last_frame_of_each_scene_stays(tmp_path: Path) -> None:
    path = tmp_path / "recording.webp"
    scenes = [
        Scene([frame(0, "black"), frame(0.2, "red"), frame(60, "green")], 3000),
        Scene([frame(0, "white"), frame(0.5, "blue")], 2000),
    ]
    write_animation(scenes, path)
    shown = []
    with Image.open(path) as image:
        assert (image.format, image.size) == ("WEBP", SIZE_PX)
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            shown.append(image.info["duration"])
    assert shown == [200, LONGEST_MS, 3000, 500, 2000]
