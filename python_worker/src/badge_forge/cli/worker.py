"""`bin/badge-forge worker`."""

import click

from badge_forge.cli.db import prepare_if_ours
from badge_forge.cli.say import say
from badge_forge.database.lease import leased
from badge_forge.database.roles import Role
from badge_forge.database.source import application_url
from badge_forge.settings import Settings


@click.command()
@click.option("--renderers", type=click.IntRange(min=1), help="Renderer processes. [default: CPU cores]")
def worker(renderers: int | None) -> None:
    """Render badges until Ctrl-C, then finish the running jobs.

    \b
    Examples:
      badge-forge worker
      RENDERERS=4 LOG_LEVEL=WARNING badge-forge worker
    """
    # Imported here, because importing Oban is slow.
    import uvloop  # as Oban's own command line does

    from badge_forge import logs, tracing
    from badge_forge import worker as worker_process

    settings = Settings.load(**({"renderers": renderers} if renderers else {}))
    logs.configure(settings)
    with tracing.exported(), leased(settings, say) as database:
        prepare_if_ours(database)
        uvloop.run(worker_process.run(application_url(database, Role.WORKER), settings))
