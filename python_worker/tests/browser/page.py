"""What a page of the wall shows, as a person or a screen reader finds it."""

from playwright.sync_api import Locator, Page


def badge_list(page: Page) -> Locator:
    """Return the list of badges, not that of their states."""
    return page.get_by_role("list", name="Badges", exact=True)


def badges(page: Page) -> Locator:
    """Return the badges on the wall."""
    return badge_list(page).get_by_role("button")


def choice(page: Page, name: str) -> Locator:
    """Return the filter `name`."""
    return page.get_by_role("combobox", name=name, exact=True)


def labels(page: Page) -> list[str]:
    """Return what a screen reader says of each badge: name, type and state."""
    found: list[str] = badges(page).evaluate_all("all => all.map(each => each.ariaLabel)")
    return found


def names(page: Page) -> list[str]:
    """Return the names on the wall, in their order."""
    return [label.rsplit(", ", 2)[0] for label in labels(page)]


def has_picture(page: Page, name: str) -> bool:
    """Tell whether the badge of `name` is shown with its picture."""
    picture = badge_list(page).get_by_role("button", name=name).locator("img")
    loaded = "images => images.some(image => image.complete && image.naturalWidth > 0)"
    return bool(picture.evaluate_all(loaded))


def alert(page: Page) -> Locator:
    """Return where the page tells problems in words."""
    return page.get_by_role("alert")
