"""Check that the font families of a design are available."""

from badge_forge.designs.design import Design
from badge_forge.errors import DesignError
from badge_forge.rendering.weasyprint_internals import FontConfiguration, ffi, fontconfig


def check_families(design: Design, fonts: FontConfiguration) -> None:
    """Raise `DesignError` for a family that the design needs, but that is not its own or installed."""
    own = {face.family for face in design.settings.fonts.faces}
    missing = [
        family
        for family in design.settings.fonts.families
        if family not in own and not is_installed(family, fonts)
    ]
    if missing:
        raise DesignError(
            f"the design {design.name} needs the font {', '.join(missing)}, which is not installed: "
            "install it, or add its file to the design and list it in [[fonts.faces]] of design.toml"
        )


def is_installed(family: str, fonts: FontConfiguration) -> bool:
    """Tell whether the font family `family` is installed."""
    pattern = ffi.gc(fontconfig.FcPatternCreate(), fontconfig.FcPatternDestroy)
    fontconfig.FcPatternAddString(pattern, b"family", family.encode())
    fontconfig.FcConfigSubstitute(fonts._config, pattern, fontconfig.FcMatchFont)
    fontconfig.FcDefaultSubstitute(pattern)
    match = fontconfig.FcFontMatch(fonts._config, pattern, ffi.new("FcResult *"))
    if match == ffi.NULL:
        return False
    names: list[str] = []
    name = ffi.new("FcChar8 **")
    while fontconfig.FcPatternGetString(match, b"family", len(names), name) == fontconfig.FcResultMatch:
        names.append(ffi.string(name[0]).decode().lower())
    return family.lower() in names
