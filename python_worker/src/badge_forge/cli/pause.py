"""`bin/badge-forge pause`, `resume`: queues of both applications, or single jobs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from badge_forge import registry
from badge_forge.cli.connection import connected_as
from badge_forge.cli.job_filters import dry_run, filters
from badge_forge.cli.say import say
from badge_forge.database.roles import Role
from badge_forge.errors import UsageError, WorldError
from badge_forge.jobs.job_filter import JobFilter
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import counted
from badge_forge.views.applications import SILENT_AFTER_S, START, home_queue

if TYPE_CHECKING:
    import psycopg

    from badge_forge.jobs.signals import Action, Producer

STATES = {"pause": "paused", "resume": "running"}
HELD_FROM = ("available", "scheduled", "retryable")


class QueueName(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on
    """A queue of the registry, which is read when the command runs."""

    name = "queue"

    def convert(
        self, value: str, parameter: click.Parameter | None, context: click.Context | None
    ) -> str:
        """Return `value`. Fails with the names of all queues if it is not one of them."""
        return str(click.Choice(registry.names()).convert(value, parameter, context))


@click.command()
@click.argument("queues", metavar="[QUEUE…]", nargs=-1, type=QueueName())
@filters()
@click.option("--all", "everything", is_flag=True, help="Pause all queues.")
@dry_run
def pause(queues: tuple[str, ...], wanted: JobFilter, everything: bool, dry_run: bool) -> None:
    """Pause queues (badges, printing, your own), or hold jobs, until `resume`.

    Running jobs finish. A pause of a queue is remembered: a worker or an app that starts later is
    paused, too. Lists the nodes that paused and those that did not. Exit code 1 if nodes run and none
    paused.

    With filters, the queues go on, and only the jobs that match and wait now are held.

    \b
    Examples:
      badge-forge pause printing
      badge-forge pause --all
      badge-forge pause --type speaker
      badge-forge pause printing --batch 0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e
    """
    _act("pause", queues, wanted, everything, dry_run)


@click.command()
@click.argument("queues", metavar="[QUEUE…]", nargs=-1, type=QueueName())
@filters()
@click.option("--all", "everything", is_flag=True, help="Resume all queues and all held jobs.")
@dry_run
def resume(queues: tuple[str, ...], wanted: JobFilter, everything: bool, dry_run: bool) -> None:
    """Let paused queues (badges, printing, your own), or held jobs, go on.

    Lists the nodes that resumed and those that did not. Exit code 1 if nodes run and none resumed.

    \b
    Examples:
      badge-forge resume printing
      badge-forge resume --type speaker
      badge-forge resume --all
    """
    _act("resume", queues, wanted, everything, dry_run)


def _act(
    action: "Action", queues: Sequence[str], wanted: JobFilter, everything: bool, dry_run: bool
) -> None:
    if everything and (queues or wanted.chosen):
        raise UsageError("give either queues and filters, or --all, not both")
    if not (queues or wanted.chosen or everything):
        names = ", ".join(registry.names())
        raise UsageError(
            f"nothing says what to {action}: give a queue ({names}), a filter such as --batch ID, "
            "or --all"
        )
    single = replace(wanted, queues=queues or None)
    with connected_as(Role.WORKER, Settings.load(), autocommit=True) as connection:
        if dry_run:
            _tell_number(connection, action, single)
        elif wanted.chosen:
            _hold_or_release(connection, action, single)
        else:
            from badge_forge.jobs.signals import pause as pause_queues
            from badge_forge.jobs.signals import resume as resume_queues

            chosen = queues or registry.names()
            perform = {"pause": pause_queues, "resume": resume_queues}[action]
            producers = perform(connection, chosen)
            if action == "resume":
                _release(connection, replace(single, queues=chosen), everything)
            _report(chosen, producers, action)


def _tell_number(connection: "psycopg.Connection", action: "Action", wanted: JobFilter) -> None:
    from badge_forge.jobs.held import count_jobs

    states = HELD_FROM if action == "pause" else ("suspended",)
    found = count_jobs(connection, wanted, states if wanted.chosen or action == "resume" else None)
    if wanted.chosen:
        jobs = counted(sum(each.total() for each in found.values()), "job")
        say(f"would {'hold' if action == 'pause' else 'release'} {jobs}")
        return
    for queue in wanted.queues or registry.names():
        waiting = sum(found[queue][state] for state in HELD_FROM) if queue in found else 0
        if action == "pause":
            say(f"would pause {queue}, in which {counted(waiting, 'job')} wait")
        else:
            say(f"would resume {queue}")


def _hold_or_release(connection: "psycopg.Connection", action: "Action", wanted: JobFilter) -> None:
    from badge_forge.jobs.held import hold, release_held

    if action == "resume":
        say(f"{counted(release_held(connection, wanted), 'job')} released")
        return
    held = hold(connection, wanted)
    release = f": `{COMMAND} resume {wanted}` releases them" if held else ", since none waits"
    say(f"{counted(held, 'job')} held{release}")


def _release(connection: "psycopg.Connection", wanted: JobFilter, everything: bool) -> None:
    """With `everything`, release all held jobs. Otherwise, say that there are some."""
    from badge_forge.jobs.held import count_jobs, release_held

    if everything:
        if released := release_held(connection, wanted):
            say(f"{counted(released, 'job')} released")
        return
    held = count_jobs(connection, wanted, ("suspended",))
    for queue, states in held.items():
        jobs = counted(states.total(), "job")
        say(f"{queue}: {jobs} still held: `{COMMAND} resume --all` releases all")


def _report(queues: Sequence[str], producers: "list[Producer]", action: "Action") -> None:
    state = STATES[action]
    followed = [producer for producer in producers if producer.followed(action)]
    for producer in producers:
        if producer in followed:
            say(f"{producer.queue}: {state} on {producer.node}")
        else:
            say(
                f"{producer.queue}: not {state} on {producer.node}, which last reported "
                f"{producer.seen_ago_s:.0f} s ago{_suspicion(producer.seen_ago_s)}"
            )
    without = sorted(set(queues) - {producer.queue for producer in followed})
    asked = {producer.queue for producer in producers}
    for queue in [queue for queue in without if queue not in asked]:
        start = f"`{START[home_queue(queue)]}` starts one"
        begins = "that begins paused" if action == "pause" else "that begins running"
        say(f"{queue}: {state}, and no application takes it now: {start} {begins}")
    if left := [queue for queue in without if queue in asked]:
        starts = " and ".join(f"`{START[home_queue(queue)]}`" for queue in left)
        raise WorldError(
            f"{', '.join(left)}: no node is {state} yet; one that starts is: start it with {starts}"
        )


def _suspicion(seen_ago_s: float) -> str:
    return ": it hangs or was killed" if seen_ago_s > SILENT_AFTER_S else ""
