"""The worker of the listing, the baseline of the end-to-end figures: `python -m benchmarks.listing`.

This is a straightforward Oban worker: it renders in the event loop, and enqueues the confirmation before
Oban completes the job. It draws the same page as all contenders. Texts are replaced in finished HTML, so
the baseline includes neither templates nor text fitting.
"""

import asyncio
import hashlib
import signal
from html import escape

from oban import Job, Oban, worker
from psycopg_pool import AsyncConnectionPool

import badge_forge.generator
from badge_forge.attendee import Attendee
from badge_forge.rendering import qr
from badge_forge.settings import Settings
from badge_forge.text.name_parts import given_name
from benchmarks.naive import write_badge
from benchmarks.page import html_of, path_of

QUEUE_LIMIT = 5
QR_MM = 29

SAMPLE = Attendee(
    id="7bfb7c39-c354-4cce-ad5b-f1be2814b17e",
    name="Alasdair Fraser",
    company="Wavelength Tech",
    type="speaker",
    title="Staff Engineer",
)
PAGE = html_of(SAMPLE)
settings = Settings.load()


def page_for(args: dict[str, str]) -> str:
    """Return the HTML of the badge with these args."""
    sample_code, code = (path_of(qr.make(id_, QR_MM)) for id_ in (SAMPLE.id, args["id"]))
    html = PAGE.replace(sample_code, code)
    for sample, text in (
        (SAMPLE.name, args["name"]),
        (given_name(SAMPLE.name), given_name(args["name"])),
        (SAMPLE.company, args["company"]),
        (SAMPLE.title, args["title"]),
    ):
        html = html.replace(f">{sample}<", f">{escape(text)}<")
    return html


@worker(queue="badges")
class GenerateBadge:
    """Renders a badge and enqueues its print."""

    async def process(self, job: Job) -> None:
        """Render the badge of `job` and enqueue its print."""
        args = dict(job.args)
        path = settings.badges_dir / f"badge-{args['id']}.pdf"
        write_badge(page_for(args), path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        await Oban.get_instance().enqueue(
            Job(
                worker="BadgeForge.PrintCenter",
                queue="printing",
                args={"id": args["id"], "name": args["name"], "file": path.name, "sha256": sha256},
                meta=dict(job.meta),
            )
        )


async def main() -> None:
    """Run the worker until SIGTERM."""
    # The jobs name this class, so it gets the method of the listing's worker.
    badge_forge.generator.GenerateBadge.process = GenerateBadge.process  # type: ignore[assignment,method-assign]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    assert settings.database_url is not None
    async with (
        AsyncConnectionPool(settings.database_url.get_secret_value(), open=False) as pool,
        Oban(pool=pool, queues={"badges": QUEUE_LIMIT}),
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
