"""Write the dates of an event as its language does."""

from datetime import date

from pydantic_core import PydanticCustomError


def locale_of(text: str) -> str:
    """Return the locale `text` ("de", "en-GB", "pt_BR") with hyphens, as HTML writes it.

    Raises `PydanticCustomError` if it is unknown.
    """
    # Babel is imported where it is used, since only events need it.
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(text, sep="-" if "-" in text else "_")).replace("_", "-")
    except (ValueError, TypeError, UnknownLocaleError):
        raise PydanticCustomError(
            "unknown_locale", "should be a language as de, or one of a country as en-GB"
        ) from None


def written_dates(first: date | None, last: date | None, locale: str) -> str:
    """Return the dates from `first` to `last`: as "12. Mai 2027" for a day. Empty without `first`."""
    from babel.dates import format_date, format_interval

    if first is None:
        return ""
    babels = locale.replace("-", "_")
    if last is None or last == first:
        return str(format_date(first, "long", locale=babels))
    return str(format_interval(first, last, skeleton="yMMMMd", locale=babels))


def language_of(locale: str) -> str:
    """Return the language of `locale`, without its country."""
    return locale.partition("-")[0]
