"""Open the press with the worker's settings, but without a queue."""

from badge_forge.press.press import BADGES_PER_RENDERER, Press
from badge_forge.rendering.renderers import Renderers
from badge_forge.settings import Settings


def open_press(renderers: int, badges_per_renderer: int = BADGES_PER_RENDERER) -> Press:
    """Return a press with `renderers` renderers. Use it as `async with open_press(2) as press`."""
    settings = Settings.load()
    return Press(
        Renderers(
            settings.designs_dir, cmyk_profile=settings.cmyk_profile, events_dir=settings.events_dir
        ),
        size=renderers,
        timeout_s=settings.render_timeout_s,
        badges_per_renderer=badges_per_renderer,
    )
