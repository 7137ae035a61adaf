"""The dict that caches of the renderer are kept in."""

from badge_forge.rendering.bounded import Bounded


def test_a_full_cache_forgets_all_entries_for_a_new_one_only() -> None:
    kept = Bounded[str, int](2)
    kept["a"], kept["b"] = 1, 2
    kept["b"] = 3
    assert kept == {"a": 1, "b": 3}
    kept["c"] = 4
    assert kept == {"c": 4}
