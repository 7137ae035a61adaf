"""Functions of templates for the pictures that differ between badges: QR codes and photos."""

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from badge_forge.rendering import qr

PHOTO = "photo:0"
"""The URL of each photo in its page. A layout is cached by HTML, and its pictures set for each badge."""


@pass_context
def photo(context: Context, width_mm: float, height_mm: float, alt: str = "Photo") -> Markup:
    """Return an image of the attendee's photo or logo in a box of this size, or "" if there is none.

    The whole picture is shown, as large as the box allows. The style sheet can change that
    (`object-fit`, `object-position`).
    """
    picture = context["photo_of_attendee"]
    if picture is None:
        return Markup()
    context["images"][PHOTO] = picture
    size = f"width:{width_mm:g}mm;height:{height_mm:g}mm"
    return Markup('<img class="photo" src="{}" alt="{}" style="{}">').format(PHOTO, alt, size)


@pass_context
def qr_code(context: Context, max_mm: float, color: str = "") -> Markup:
    """Return an image of the badge's QR code, at most `max_mm` wide, or "" if the badge has none."""
    content = context["qr_content"]
    if not content:
        return Markup()
    images = context["images"]
    code = qr.make(content, max_mm, color or context["black"])
    url, size = f"qr:{len(images)}", f"{code.size_mm:g}mm"
    images[url] = code
    return Markup(
        '<img class="qr" src="{}" alt="QR code" style="display:block;width:{};height:{}">'
    ).format(url, size, size)
