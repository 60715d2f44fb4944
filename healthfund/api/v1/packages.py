"""The nightly data packages: which there are, and their files. A dated package never changes, so its files may be kept
for ever; `latest` leads to the newest."""

import itertools
import json
import mimetypes
import re

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from announcements.documents import Moment
from healthfund.exports import packaging

from .base import Parameterless

FOREVER = "public, max-age=31536000, immutable"
PIECE = 64 * 1024
ANY_KIND, BYTES = "*/*", "application/octet-stream"
"""A file is of the kind that its name says; from the second, generated clients know to take any of them as bytes."""


class FileSerializer(serializers.Serializer):
    """A file of a package. `hash` is null for what holds the others; `rows` for what has none."""

    name = serializers.CharField()
    url = serializers.CharField()
    bytes = serializers.IntegerField()
    hash = serializers.CharField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True)


class PackageSerializer(serializers.Serializer):
    """A package, and its files with what datapackage.json says of them."""

    id = serializers.CharField()
    url = serializers.CharField()
    made_at = Moment()
    files = FileSerializer(many=True)


class PackagesSerializer(serializers.Serializer):
    """Every package there is, the newest first."""

    count = serializers.IntegerField()
    latest = serializers.CharField(allow_null=True)
    results = PackageSerializer(many=True)


class PackageList(Parameterless):
    """Every data package there is, the newest first, each with its files."""

    serializer_class = PackagesSerializer

    def get(self, request):
        packages = packaging.packages(settings.PACKAGES)
        latest = reverse("api:package", args=[packaging.LATEST]) if packages else None
        return Response({"count": len(packages), "latest": latest, "results": [as_json(one) for one in packages]})


class PackageDetail(Parameterless):
    """One data package with its files. `latest` leads to the newest."""

    @extend_schema(responses={200: PackageSerializer, 302: None})
    def get(self, request, id):
        package = found(id)
        if id == packaging.LATEST:
            return to("api:package", package.name)
        return Response(as_json(package))


class PackageFile(Parameterless):
    """A file of a data package, whole or a range of its bytes."""

    @extend_schema(
        responses={
            (200, ANY_KIND): OpenApiTypes.ANY,
            (200, BYTES): OpenApiTypes.BINARY,
            (206, ANY_KIND): OpenApiTypes.ANY,
            (206, BYTES): OpenApiTypes.BINARY,
            302: None,
            416: None,
        }
    )
    def get(self, request, id, name):
        package = found(id)
        # Looked for among those there are: no name leads out of the folder.
        path = next((path for path in package.iterdir() if path.name == name), None)
        if path is None:
            raise exceptions.NotFound(f"There is no file “{name}” in the package “{id}”.")
        if id == packaging.LATEST:
            return to("api:package-file", package.name, name)
        return sent(request, path)


def to(view, *place):
    """A redirect to what lies in the newest package, which is another one tomorrow."""
    return HttpResponseRedirect(reverse(view, args=place), headers={"Cache-Control": "no-cache"})


def found(id):
    """The folder of a package, also of the `latest`. Raises NotFound."""
    packages = packaging.packages(settings.PACKAGES)
    if id == packaging.LATEST:
        if not packages:
            raise exceptions.NotFound("There is no package yet: one is made every night.")
        return packages[0]
    for package in packages:
        if package.name == id:
            return package
    raise exceptions.NotFound(f"There is no package “{id}” here; they are kept for {packaging.KEPT.days} days.")


def as_json(package):
    told = json.loads((package / packaging.DESCRIPTOR).read_text(encoding="utf-8"))
    known = {one["path"]: one for one in itertools.chain(told["resources"], told.get("parquet", []))}
    return {
        "id": package.name,
        "url": reverse("api:package", args=[package.name]),
        "made_at": Moment().to_representation(packaging.made_at(package)),
        "files": [
            {
                "name": path.name,
                "url": reverse("api:package-file", args=[package.name, path.name]),
                "bytes": path.stat().st_size,
                "hash": known.get(path.name, {}).get("hash"),
                "rows": known.get(path.name, {}).get("rows"),
            }
            for path in sorted(package.iterdir())
        ],
    }


# Sending files


def sent(request, path):
    """A file that never changes: 206 to whoever asks for one range of its bytes, else whole. By its tag whoever has it
    gets a 304 instead, as of everything here."""
    size, etag = path.stat().st_size, f'"{path.parent.name}-{path.name}"'
    name = f"{path.parent.name}-{path.name}"
    headers = {
        "ETag": etag,
        "Last-Modified": http_date(packaging.made_at(path.parent).timestamp()),
        "Cache-Control": FOREVER,
        "Accept-Ranges": "bytes",
        "Content-Type": media_type(path),
    }
    wanted = asked_range(request, size, etag)
    if wanted is None:
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, headers=headers)
    first, last = wanted
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers |= {
        "Content-Range": f"bytes {first}-{last}/{size}",
        "Content-Length": str(last - first + 1),
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return StreamingHttpResponse(pieces(path, first, last), status=206, headers=headers)


def asked_range(request, size, etag):
    """(first, last) byte that a request asks for, the first above the last where there is no such byte; None where it
    asks for the whole, for several ranges at once, or for part of what it had and has no longer."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", request.headers.get("Range", ""), re.ASCII)
    if not match or match.groups() == ("", "") or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0), size - 1) if int(last) else (size, size - 1)
    if last and int(last) < int(first):
        return None
    return (int(first), min(int(last), size - 1) if last else size - 1) if int(first) < size else (size, size - 1)


def pieces(path, first, last):
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def media_type(path):
    known = {".csv": "text/csv; charset=utf-8; header=present", ".parquet": "application/vnd.apache.parquet"}
    return known.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
