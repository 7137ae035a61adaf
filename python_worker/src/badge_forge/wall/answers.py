"""What several routes answer: errors, which are JSON in one line, and the badge that a path names."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from badge_forge.views.history import UUID


async def refused(_request: Request, error: Exception) -> Response:
    """Answer an `HTTPException`."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def badge_id(request: Request) -> str:
    """Return the id in the path. Raises `HTTPException` if it is not that of a badge."""
    given: str = request.path_params["badge_id"]
    if not UUID.fullmatch(given):
        raise HTTPException(404, "this is not the id of a badge: it must be a UUID in lower case")
    return given


def unknown() -> HTTPException:
    """Return the error for an id that no job has."""
    return HTTPException(404, "there is no such badge")


def no_database() -> HTTPException:
    """Return the error for an outage."""
    return HTTPException(503, "the database does not answer")
