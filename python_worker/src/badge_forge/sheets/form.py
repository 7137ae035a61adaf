"""Turn a page of a badge into a form XObject, which a sheet draws at any place and size."""

import zlib

import pikepdf

from badge_forge.units import PT_PER_MM as MM


def form(source: pikepdf.Page, bleed_mm: float = 0) -> pikepdf.Object:
    """Return the page `source` as a form XObject, clipped to its trim box and `bleed_mm` around it.

    So the form is without the page's crop marks.
    """
    made = source.as_form_xobject()
    left, bottom, right, top = (float(side) for side in source.trimbox)
    bleed = bleed_mm * MM
    made.BBox = pikepdf.Array([left - bleed, bottom - bleed, right + bleed, top + bleed])
    if "/Filter" not in made:  # pikepdf joins several content streams into one uncompressed stream
        made.write(zlib.compress(made.read_raw_bytes()), filter=pikepdf.Name.FlateDecode)
    return made
