"""Documents that are sent in: JSON, and what is wrong with each member by its JSON pointer (RFC 6901)."""

from rest_framework import exceptions, parsers, status


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
