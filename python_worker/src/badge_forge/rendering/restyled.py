"""Change single values of a style that WeasyPrint has computed."""

from typing import Any

from badge_forge.rendering.weasyprint_internals import ComputedStyle


def restyled(style: Any, **values: Any) -> Any:
    """Return `style` with other `values` of properties, as a style sheet gives them.

    Values that depend on them, such as a letter spacing in em, are computed again.
    """
    cascaded = dict(style.cascaded)
    for name, value in values.items():
        weight = cascaded[name][1] if name in cascaded else (0, 0, (0, 0, 0))
        cascaded[name] = value, weight
    return ComputedStyle(
        style.parent_style,
        cascaded,
        style.pseudo_type,
        style.root_style,
        style.base_url,
        style.font_config,
        style.initial_page_sizes,
    )
