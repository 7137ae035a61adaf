"""Report which badges a command selected."""

from badge_forge.cli.say import say
from badge_forge.settings import COMMAND
from badge_forge.sheets.selection import Selected, Selection
from badge_forge.text.text import counted


def report(selected: Selected, selection: Selection) -> None:
    """Say which batch was selected, how many badges are left out, and how many people are invented."""
    if selection.latest:
        say(f"batch {selected.batch}")
    if selected.left_out.total:
        say(str(selected.left_out))
    if selected.invented and not selected.batch:
        say(
            f"{counted(selected.invented, 'badge')} of invented people included: "
            f"choose a batch with --batch, `{COMMAND} batches` lists them"
        )
