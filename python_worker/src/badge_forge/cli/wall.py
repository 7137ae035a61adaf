"""`bin/badge-forge wall`."""

import os
import signal

import click

from badge_forge.cli.db import prepare_if_ours
from badge_forge.cli.hangup import end_with_terminal
from badge_forge.cli.say import say
from badge_forge.database.lease import leased
from badge_forge.database.roles import Role
from badge_forge.database.source import application_url
from badge_forge.settings import VAR, Settings

NICENESS = 10
"""Lower priority than the worker and the database: to watch must not slow them down."""


@click.command()
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on. [default: 4001]")
@click.option(
    "--names",
    type=click.Choice(["full", "first", "none"]),
    help="How much of people's names to show: `first` or `none` for public screens. [default: full]",
)
@click.option("--allow-actions", is_flag=True, help="Let the page retry, cancel and print again.")
def wall(host: str | None, port: int | None, names: str | None, allow_actions: bool) -> None:
    """Show badges in a browser as they are made, until Ctrl-C.

    With `--names first` or `none`, pictures are blurred and there are no PDFs. With `--allow-actions`,
    the URL that is printed contains a token: anyone who has it can act.

    \b
    Examples:
      badge-forge wall
      badge-forge wall --names first --host 0.0.0.0
      WALL_PORT=8080 badge-forge wall --allow-actions
    """
    # Imported here, because importing all of it is slow.
    import uvloop

    from badge_forge import logs
    from badge_forge.wall import app
    from badge_forge.wall.security import is_loopback

    end_with_terminal()
    given = {"wall_host": host, "wall_port": port, "wall_names": names}
    settings = Settings.load(**{name: value for name, value in given.items() if value is not None})
    logs.configure(settings)
    os.nice(NICENESS)
    listening = app.listen(settings.wall_host, settings.wall_port)
    with listening, leased(settings, say) as database:
        prepare_if_ours(database)
        made = app.create(
            app.Options(
                reading_url=application_url(database, Role.DASH),
                badges_dir=settings.badges_dir,
                cache=VAR / "wall",
                host=settings.wall_host,
                port=settings.wall_port,
                names=settings.wall_names,
                writing_url=application_url(database, Role.WORKER) if allow_actions else None,
            )
        )
        shown = f"[{settings.wall_host}]" if ":" in settings.wall_host else settings.wall_host
        url = f"http://{shown}:{settings.wall_port}/"
        say(f"wall: {url}{f'#token={made.actions.token}' if made.actions else ''} (Ctrl-C to stop)")
        if not is_loopback(settings.wall_host):
            say(
                f"wall: anyone who reaches {settings.wall_host}:{settings.wall_port} sees the badges, "
                f"with --names {settings.wall_names}; the connection is not encrypted"
            )
        for number in (signal.SIGINT, signal.SIGTERM):
            # They end the server, which raises them again when the database must still be released.
            signal.signal(number, lambda *_: None)
        uvloop.run(app.server(made).serve([listening]))
