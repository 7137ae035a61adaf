"""A renderer process that dies or hangs costs one attempt of one badge, and nothing else."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from badge_forge.attendee import Attendee
from badge_forge.errors import RenderingError
from badge_forge.press.press import Press
from badge_forge.rendering.renderers import Renderers
from badge_forge.rendering.result import RenderedBadge
from helpers import HANG_S, badge_args, eventually, make_design, still_alive

RENDERERS = Renderers(designs_dir=Path("none"))


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


def forked() -> set[psutil.Process]:
    """Return the renderers of all presses: the children of the fork server."""
    return {
        grandchild
        for child in psutil.Process().children()
        if "forkserver" in " ".join(child.cmdline())
        for grandchild in child.children()
    }


def renderers(press: Press) -> set[psutil.Process]:
    """Return the running renderers of a press."""
    processes = (handle.process for handle in press._renderers)
    return {process for process in processes if process and process.is_running()}


SLOW = "{% for _ in range(160) %}{% for _ in range(100000) %}{% endfor %}{% endfor %}{{ attendee.name }}"
"""A template that takes a second."""


@pytest.fixture(scope="module")
def with_a_slow_design(tmp_path_factory: pytest.TempPathFactory) -> Renderers:
    folder = tmp_path_factory.mktemp("designs")
    make_design(folder, SLOW)
    return Renderers(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def press(with_a_slow_design: Renderers) -> AsyncIterator[Press]:
    """A shared press with two renderers. Each test leaves it able to render."""
    async with Press(with_a_slow_design, size=2, timeout_s=HANG_S) as press:
        yield press


async def test_a_press_has_the_requested_number_of_renderers_and_ends_them() -> None:
    others = forked()
    async with Press(RENDERERS, size=2, timeout_s=HANG_S) as press:
        badges = await asyncio.gather(*(press.render(attendee()) for _ in range(10)))
        assert all(badge.pdf.startswith(b"%PDF-") for badge in badges)
        assert forked() - others == renderers(press)
        assert len(renderers(press)) == 2
    eventually(lambda: not forked() - others)


async def test_a_press_tells_how_many_renderers_it_has_and_how_many_are_busy(press: Press) -> None:
    before = press.status()
    assert (before.count, before.busy) == (2, 0)
    tasks, killed = await at_work(press)
    status = press.status()
    assert (status.count, status.busy, status.restarts) == (2, 2, before.restarts)
    memory = sorted((renderer.memory_info().rss / 2**20 for renderer in killed), reverse=True)
    assert status.memory_mib == pytest.approx(memory, abs=10)
    for renderer in killed:
        renderer.kill()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert press.status().busy == 0
    assert press.status().restarts == before.restarts + 2


async def at_work(
    press: Press, timeout_s: float = HANG_S
) -> tuple[list[asyncio.Task[RenderedBadge]], set[psutil.Process]]:
    """Give each renderer a badge in the slow design. Return tasks and renderers once all are busy.

    The renderers are suspended then, so that they are busy until a test kills or resumes them.
    """
    # A renderer that an earlier test killed is replaced when the next badge needs it.
    await asyncio.gather(*(press.render(attendee()) for _ in press._renderers))
    await asyncio.to_thread(eventually, lambda: len(renderers(press)) == 2)
    press._timeout_s = timeout_s
    before = {renderer: renderer.cpu_times().user for renderer in renderers(press)}
    tasks = [asyncio.create_task(press.render(attendee(design="mine"))) for _ in before]

    def is_busy(renderer: psutil.Process) -> bool:
        with suppress(psutil.NoSuchProcess):  # its time-out has already killed it
            if not renderer.cpu_times().user > before[renderer]:
                return False
            renderer.suspend()
        return True

    await asyncio.to_thread(eventually, lambda: all(map(is_busy, before)))
    return tasks, set(before)


def resume(renderers: set[psutil.Process]) -> None:
    for renderer in renderers:
        renderer.resume()


async def test_a_walk_up_overtakes_all_badges_that_wait_for_a_renderer() -> None:
    done: list[str] = []
    async with Press(RENDERERS, size=1, timeout_s=HANG_S) as press:

        async def render(name: str, priority: int) -> None:
            await press.render(attendee(name=name), priority)
            done.append(name)

        names = [f"batch {number}" for number in range(5)]
        batch = [asyncio.create_task(render(name, 3)) for name in names]
        await asyncio.sleep(0)  # let the batch enter the queue
        await asyncio.gather(render("walk-up", 0), *batch)
    assert done == ["batch 0", "walk-up", *names[1:]]


async def test_a_cancelled_waiter_leaves_the_renderer_to_the_next(press: Press) -> None:
    tasks, busy = await at_work(press)
    given_up = asyncio.create_task(press.render(attendee(), 0))
    await asyncio.sleep(0)
    given_up.cancel()
    resume(busy)
    assert (await press.render(attendee(), 1)).pdf.startswith(b"%PDF-")
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_a_renderer_that_dies_while_rendering_fails_only_its_badge(
    number: signal.Signals, press: Press
) -> None:
    tasks, busy = await at_work(press)
    dying = busy.pop()
    dying.send_signal(number)
    resume(busy if number == signal.SIGKILL else busy | {dying})
    waiting = asyncio.create_task(press.render(attendee()))
    results = await asyncio.gather(*tasks, waiting, return_exceptions=True)
    (error,) = [result for result in results if isinstance(result, BaseException)]
    assert isinstance(error, RenderingError)
    assert f"died with exit code {-number}; the job will be retried" in str(error)
    assert (await press.render(attendee())).pdf.startswith(b"%PDF-")


async def test_an_idle_renderer_that_is_killed_fails_no_badge(press: Press) -> None:
    for renderer in renderers(press):
        renderer.kill()
    # The pools check their processes ten times a second.
    await asyncio.to_thread(eventually, lambda: not any(one.pool.active for one in press._renderers))
    badges = await asyncio.gather(*(press.render(attendee()) for _ in range(4)))
    assert all(badge.pdf.startswith(b"%PDF-") for badge in badges)


async def test_a_renderer_that_hangs_is_killed_after_the_time_out(
    with_a_slow_design: Renderers,
) -> None:
    async with Press(with_a_slow_design, size=2, timeout_s=HANG_S) as press:
        tasks, frozen = await at_work(press, timeout_s=2)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(result).partition(" took ")[2] for result in results] == [
            "longer than 2 s (RENDER_TIMEOUT_S), its renderer was killed; the job will be retried"
        ] * 2
        assert still_alive(frozen) == []
        press._timeout_s = HANG_S
        assert (await press.render(attendee())).pdf.startswith(b"%PDF-")


async def test_a_renderer_is_replaced_after_its_number_of_badges() -> None:
    async with Press(RENDERERS, size=1, timeout_s=HANG_S, badges_per_renderer=3) as press:
        (first,) = renderers(press)
        for _ in range(4):
            await press.render(attendee())
        # The first renders until the second is ready, so no badge waits for a renderer to start.
        assert first in renderers(press)
        assert len(press.status().memory_mib) == 1  # without the successor
        while first in renderers(press):
            await press.render(attendee())
        assert still_alive([first]) == []
        assert press.status().restarts == 1


@pytest.mark.parametrize("ready", [False, True], ids=["while-it-starts", "when-it-is-ready"])
async def test_a_successor_that_dies_is_replaced_too(ready: bool) -> None:
    others = forked()
    async with Press(RENDERERS, size=1, timeout_s=HANG_S, badges_per_renderer=1) as press:
        (handle,), (first,) = press._renderers, renderers(press)
        for _ in range(2):
            await press.render(attendee())
        successor = handle.successor
        assert successor

        def processes() -> set[psutil.Process]:
            return forked() - others - {first}

        await asyncio.to_thread(eventually, (lambda: successor.process) if ready else processes)
        killed = processes()
        for process in killed:
            process.kill()
        # Its pool notices the death: it becomes inactive, or its start fails.
        await asyncio.to_thread(
            eventually,
            lambda: not successor.pool.active or (successor.started.done() and not successor.ready),
        )
        while first in renderers(press):
            assert (await press.render(attendee())).pdf.startswith(b"%PDF-")
    assert still_alive({first, *killed}) == []


async def test_a_badge_that_needs_too_much_memory_fails_with_the_limit(tmp_path: Path) -> None:
    make_design(tmp_path, "{% set x = 'x' * 400000000 %}{{ x | length }}")
    async with Press(Renderers(tmp_path), size=1, timeout_s=HANG_S, memory_mib=300) as press:
        with pytest.raises(RenderingError, match=r"needs more than 300 MiB \(RENDERER_MEMORY_MIB\)"):
            await press.render(attendee(design="mine"))
        assert (await press.render(attendee())).pdf.startswith(b"%PDF-")


async def test_a_renderer_whose_memory_has_grown_is_replaced() -> None:
    # A renderer needs more than half of this limit from its start.
    async with Press(RENDERERS, size=1, timeout_s=HANG_S, memory_mib=120) as press:
        (first,) = renderers(press)
        while first in renderers(press):
            assert (await press.render(attendee())).pdf.startswith(b"%PDF-")


WORKER = """
import asyncio, time
from pathlib import Path
from badge_forge.press.press import Press
from badge_forge.rendering.renderers import Renderers

async def main():
    async with Press(Renderers(Path("none")), size=2, timeout_s=3600) as press:
        for renderer in press._renderers:
            renderer.pool.schedule(time.sleep, [3600])  # like a badge that never ends
        print("ready", flush=True)
        await asyncio.sleep(3600)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_no_renderer_outlives_a_killed_worker(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"ready\n"
        left = psutil.Process(worker.pid).children(recursive=True)
        assert len(left) >= 3
        os.kill(worker.pid, signal.SIGKILL)
    assert still_alive(left) == []


async def test_a_renderer_that_cannot_start_is_reported_with_its_cause(tmp_path: Path) -> None:
    press = Press(Renderers(tmp_path), size=1, timeout_s=30, memory_mib=2**60)
    with pytest.raises(RenderingError, match=r"cannot start a renderer: OverflowError: \S+"):
        await press.__aenter__()


async def test_a_clock_that_jumps_costs_no_attempt(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = itertools.count(time.time(), 3600)
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    rendered = [await press.render(attendee()) for _ in range(3)]
    assert all(badge.pdf.startswith(b"%PDF") for badge in rendered)
