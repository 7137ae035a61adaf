"""Fill a design's template: an `Attendee` in, HTML with an empty box for each fitted text out."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from badge_forge.attendee import Attendee
from badge_forge.designs.design import PARTS, TEMPLATE, Design, PdfVariant
from badge_forge.errors import DesignError, InputError
from badge_forge.events.event import Event
from badge_forge.rendering import qr
from badge_forge.rendering.blank_name import BlankName, line_to_write_on
from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.colors import css
from badge_forge.rendering.fetching import OwnFilesLoader
from badge_forge.rendering.fitting.fitting import Box
from badge_forge.rendering.fitting.line_breaks import without_breaks
from badge_forge.rendering.pictures.loading import Pictures
from badge_forge.rendering.pictures.photos import Photos
from badge_forge.rendering.pictures.picture import PictureError
from badge_forge.rendering.pictures.svg import SvgPicture, parsed
from badge_forge.rendering.result import Fit
from badge_forge.rendering.shown_event import Fields, printed_fields, shown_event, shown_type_of
from badge_forge.rendering.template_images import photo, qr_code
from badge_forge.rendering.template_lines import TemplateLines, location_of
from badge_forge.rendering.text_styles import TextStyles, WantedText
from badge_forge.text.name_parts import given_name
from badge_forge.text.text import direction, language, printable
from badge_forge.units import PT_PER_MM

LEGIBLE_PT = 14
"""The default minimum font size. A name must be legible from across a table."""

DRAWINGS = 64
"""The number of drawings that a template keeps for reuse."""


@dataclass(frozen=True)
class Filled:
    """A filled template.

    `html` has an empty element for each of the `fits`; its attribute `data-fit` is the index. `images`
    contains the page's QR codes and drawings by URL, for WeasyPrint's image cache.
    """

    html: str
    fits: tuple[Fit, ...]
    images: dict[str, Any]


class BadgeTemplate:
    """The template of `design`. `styles` fits its texts, in the styles that they have on the page.

    `pictures` draws its drawings.
    """

    def __init__(
        self, design: Design, styles: TextStyles, pictures: Pictures, variant: PdfVariant
    ) -> None:
        self._photos = Photos(pictures)
        self._design = design
        self._styles = styles
        self._pictures = pictures
        self._variant = variant
        # Bounded, since a design's SVG can be different on each badge.
        self._drawings = Bounded[str, tuple[str, SvgPicture]](DRAWINGS)

    def fill(self, attendee: Attendee, event: Event | None = None) -> Filled:
        """Fill the template with the attendee's fields, and what it shows of the `event`.

        Raises `DesignError` with the file and line of an error in the template, `EventError` if there is
        no such photo, and `InputError` if the content of the QR code is too long, or the type unknown.
        """
        kind = shown_type_of(attendee, event, self._design, self._pictures.cmyk)
        photo = self._photos.get(event.folder, attendee.photo) if event and attendee.photo else None
        texts: list[WantedText] = []
        images: dict[str, Any] = {}
        try:
            html = self._template.render(
                attendee=_printable(attendee),
                event=shown_event(attendee, event, self._design),
                type=kind,
                fields=printed_fields(attendee, event),
                photo_of_attendee=photo,
                colors=self._colors,
                texts=texts,
                images=images,
                black="device-cmyk(0 0 0 1)" if self._variant == "pdf/x-4" else "#000",
                qr_content=qr.content(attendee),
            )
        except InputError as error:
            if attendee.qr == "id":  # all ids have the same length: the design's code is too small
                raise self._explain(error) from error
            raise
        except MemoryError:
            raise  # the press reports it together with the limit
        except Exception as error:
            raise self._explain(error) from error
        # Fitted now, because only the complete page tells how the style sheet draws a text.
        return Filled(html, self._styles.fit(html, texts), images)

    @cached_property
    def _colors(self) -> dict[str, str]:
        colors = self._design.settings.colors
        return {name: css(color, self._pictures.cmyk) for name, color in colors.items()}

    @cached_property
    def _template(self) -> Any:
        environment = ImmutableSandboxedEnvironment(
            loader=OwnFilesLoader([self._design.folder, PARTS], self._pictures.fetcher.used),
            autoescape=True,
            undefined=StrictUndefined,
        )
        environment.globals |= {
            "fit": self._fit,
            "drawing": self._drawing,
            "qr_code": qr_code,
            "photo": photo,
        }
        return environment.get_template(TEMPLATE)

    @cached_property
    def _lines(self) -> TemplateLines:
        return TemplateLines(self._template)

    @pass_context
    def _fit(
        self,
        context: Context,
        text: str,
        width_mm: float,
        height_mm: float,
        max_pt: float,
        *,
        min_pt: float = LEGIBLE_PT,
        weight: int = 400,
        lines: int = 100,
        line_height: float = 1.1,
        what: str = "the name",
    ) -> Markup:
        """Return the box for `text`, in the largest size that fits in `width_mm` by `height_mm`.

        In a template: `{{ fit(attendee.name, 80, 40, 72, weight=700) }}`. Messages call the text `what`.
        See `Fitter.fit`.
        """
        if isinstance(text, BlankName):
            return line_to_write_on(width_mm, height_mm)
        text = str(text)  # an error that names it, if it is not defined
        if not without_breaks(text):
            return Markup()
        box = Box(width_mm * PT_PER_MM, height_mm * PT_PER_MM, max_pt, min_pt, lines, line_height)
        texts, lang = context["texts"], language(text)
        texts.append(WantedText(text, box, what, self._lines.calling()))
        return Markup('<span class="fit" data-fit="{}" dir="{}"{} style="{}"></span>').format(
            len(texts) - 1,
            direction(text),
            Markup(' lang="{}"').format(lang) if lang else "",
            f"width:{width_mm:g}mm;font-weight:{weight}",
        )

    @pass_context
    def _drawing(self, context: Context, name: str, alt: str, **values: Any) -> Markup:
        """Return an image of the SVG template `name`, which is filled with `values`.

        Badges with the same SVG share one picture.
        """
        svg = context.environment.get_template(name).render(context.get_all() | values)
        if svg not in self._drawings:
            base_url = self._design.folder.as_uri() + "/"
            # Layouts are cached by HTML, so different drawings need different URLs.
            url = f"drawing:{sha256(svg.encode()).hexdigest()}"
            self._drawings[svg] = url, self._pictures.svg(name, parsed(svg), base_url)
        url, drawing = self._drawings[svg]
        context["images"][url] = drawing
        return Markup('<img class="{}" src="{}" alt="{}">').format(name.partition(".")[0], url, alt)

    def _explain(self, error: Exception) -> DesignError:
        path, line = location_of(error, self._design.folder)
        if isinstance(error, TemplateSyntaxError):
            message = error.message
        elif isinstance(error, TemplateError | InputError | PictureError):
            message = str(error)
        else:
            message = f"{type(error).__name__}: {error}"
        return DesignError(f"{path}:{line}: {message}; fix the design; the job will be retried")


def _printable(attendee: Attendee) -> dict[str, Any]:
    """Return all fields, so that a template can print any that the contract has."""
    shown = {
        field: printable(value) if isinstance(value, str) else value
        for field, value in attendee.model_dump().items()
    }
    shown["fields"] = Fields(attendee.fields)
    if attendee.blank:
        blank = BlankName()
        return shown | {"name": blank, "given_name": blank, "badge_name": "", "company": ""}
    return shown | {"given_name": shown["badge_name"] or given_name(shown["name"])}
