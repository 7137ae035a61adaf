"""The files of the page, which the package contains."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def routes() -> list[Route]:
    """Return a route for each file of the page. The HTML is at `/`."""
    static = sorted(files(__package__).joinpath("static").iterdir(), key=lambda file: file.name)
    return [
        Route(
            "/" if file.name == "wall.html" else f"/{file.name}", _answer(file.name, file.read_bytes())
        )
        for file in static
        if file.is_file()
    ]


def _answer(name: str, content: bytes) -> Callable[[Request], Awaitable[Response]]:
    headers = {"ETag": f'"{sha256(content).hexdigest()[:32]}"', "Cache-Control": "no-cache"}
    media_type = TYPES[name.rpartition(".")[2]]

    async def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=media_type, headers=headers)

    return answer
