"""gzip for whoever accepts it."""

from django.http import FileResponse
from django.middleware.gzip import GZipMiddleware

PACKED = (
    "application/gzip",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats",
    "application/zip",
    "image/",
)
"""What compressed content's media types begin with."""


class Compression(GZipMiddleware):
    """Compresses pages, JSON and streams as Django does, in random lengths against BREACH; not what is packed already.

    A stream that breaks is still sent up to where it broke: its last words may say so.
    """

    def process_response(self, request, response):
        # Of what is sent in ranges the bytes are counted as they lie there.
        if response.status_code == 304 or "Accept-Ranges" in response or is_packed(response):
            return response
        if not response.streaming or isinstance(response, FileResponse):
            return super().process_response(request, response)
        broken = []
        response.streaming_content = ended(response.streaming_content, broken)
        response = super().process_response(request, response)
        response.streaming_content = raised(response.streaming_content, broken)
        return response


def is_packed(response):
    return response.get("Content-Type", "").startswith(PACKED)


def ended(chunks, broken):
    """The chunks, with an end where they break; what broke them goes into the list."""
    try:
        yield from chunks
    except Exception as error:
        broken.append(error)


def raised(chunks, broken):
    """The chunks, and then what is in the list, so that the connection breaks off too."""
    yield from chunks
    if broken:
        raise broken[0]
