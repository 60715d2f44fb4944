"""Documents that are sent in: JSON, and what is wrong with each member by its JSON pointer (RFC 6901).

Small ones are read by REST framework's serializers; interchange documents, and what may be sent twice under one
Idempotency-Key, as bytes of a bounded size, which `programmes.documents` understands.
"""

from rest_framework import exceptions, parsers, status

from programmes import documents

# For serializers


class JSON(parsers.JSONParser):
    def parse(self, *args, **kwargs):
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise exceptions.ParseError("The document is nested too deeply.") from None


class Unacceptable(exceptions.APIException):
    """A document that cannot be taken. Takes what a REST framework serializer says is wrong with it."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = "The document has faults; nothing was done."

    def __init__(self, errors):
        super().__init__()
        self.members = {"errors": [{"pointer": pointer, "message": text} for pointer, text in pointed(errors)]}


def pointed(errors, at=""):
    """(JSON pointer, message) of everything that a serializer says is wrong."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from pointed(inner, at + step)
    elif isinstance(errors, list):
        for inner in errors:
            yield from pointed(inner, at)
    else:
        yield at, str(errors)


# As bytes

LONGEST = 5_000_000
"""Bytes; the 335 real announcements are 1.2 million."""

TOLD = 500
"""Faults that one answer lists at most."""


class LengthNeeded(exceptions.APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the body with a Content-Length: its size has to be known before it is read."


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body may have {LONGEST:,} bytes: send the announcements in several documents."


class NotJson(exceptions.APIException):
    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_detail = "Send the body as application/json, in UTF-8 and not compressed."


class BadDocument(exceptions.APIException):
    """A body with faults, of which nothing was done. Takes programmes.documents.Faults."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, faults, detail="The document has faults; nothing was written."):
        super().__init__(detail)
        self.members = {
            "title": "Faults in the document",
            "error_count": len(faults),
            "errors": [fault_as_json(fault) for fault in faults[:TOLD]],
        }


def fault_as_json(fault):
    """`pointer` leads into the document that was sent, also to where something is missing."""
    return {
        "pointer": fault.pointer,
        "message": fault.message,
        "allowed": None if fault.allowed is None else list(fault.allowed),
        "nearest": fault.nearest,
    }


def read(request):
    """The bytes of the body. Raises NotJson, LengthNeeded or TooLarge."""
    kind, _, parameters = (request.headers.get("Content-Type") or "").partition(";")
    charset = parameters.strip().lower()
    if kind.strip().lower() != "application/json" or charset not in {"", "charset=utf-8", 'charset="utf-8"'}:
        raise NotJson
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotJson
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise LengthNeeded
    if int(length) > LONGEST:
        raise TooLarge
    return request._request.read(LONGEST)


def parse(body):
    """The JSON document in these bytes. Raises BadDocument."""
    try:
        return documents.parse(body)
    except documents.Faults as unreadable:
        raise BadDocument(unreadable.faults) from None
