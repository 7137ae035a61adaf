"""Import the workers of the registry, so that a missing one stops the start and not a job."""

from collections.abc import Iterable

from oban.worker import WorkerResolutionError, resolve_worker

from badge_forge.errors import SettingsError
from badge_forge.registry import Queue


def import_workers(queues: Iterable[Queue]) -> None:
    """Import the worker of each of `queues`. Raises `SettingsError` if one is missing or unfit."""
    for queue in queues:
        try:
            worker = resolve_worker(queue.worker)
        except WorkerResolutionError as error:
            raise _refused(queue, f"{error}: check PYTHONPATH and the name") from error
        except Exception as error:  # the module is the user's: it can raise anything
            raise _refused(queue, f"importing it raised {type(error).__name__}: {error}") from error
        if not hasattr(worker, "process"):
            raise _refused(queue, "it has no method process: derive it from QueueWorker")
        own = getattr(worker, "_opts", {}).get("queue", "default")
        if own != queue.name:
            raise _refused(queue, f"it has the queue {own}: write @worker(queue={queue.name!r})")


def _refused(queue: Queue, reason: str) -> SettingsError:
    return SettingsError(f"the queue {queue.name} cannot run {queue.worker}: {reason}")
