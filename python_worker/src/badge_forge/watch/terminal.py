"""The terminal that the application runs in."""

import asyncio
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from badge_forge.watch.app import WatchApp


def is_sharp() -> bool:
    """Tell whether the terminal draws pixels (kitty's protocol or sixel) instead of half blocks.

    Asks the terminal, so call it before Textual reads from the terminal.
    """
    from textual_image.renderable import Image, SixelImage, TGPImage

    return Image in (SixelImage, TGPImage)


async def run(app: "WatchApp") -> None:
    """Run `app` until it is quit. SIGTERM and SIGHUP quit it too, so that the terminal is restored."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit)
    await app.run_async()
    if app._exception:
        raise app._exception
