"""Refusals as RFC 9457 problem documents: what is wrong, what is allowed, and what was probably meant."""

from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions, status, views
from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"
BAD_PARAMETERS = "/api/v1/#parameters"
"""The problem type of a refused query; the index of the API describes it. Others have only what HTTP says of them."""


class BadParameters(exceptions.APIException):
    """A query that cannot be answered as it was asked. Takes the Faults, of which there is at least one."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_parameters"

    def __init__(self, faults):
        super().__init__("The question has parameters or values that are not known here; nothing was answered.")
        self.faults = list(faults)


def refuse(faults):
    """Raises BadParameters where there are faults."""
    if faults:
        raise BadParameters(faults)


def handle(exception, context):
    """What REST framework calls for any exception in a view; None lets what is our own mistake surface."""
    if isinstance(exception, SuspiciousOperation):
        exception = exceptions.ParseError("The request is malformed or too large.")
    if isinstance(exception, Http404):
        exception = exceptions.NotFound("There is nothing at this address.")
    response = views.exception_handler(exception, context)
    if response is None:
        return None
    problem = {
        "type": "about:blank",
        "title": response.status_text,
        "status": response.status_code,
        "detail": str(exception.detail) if isinstance(exception.detail, str) else "The request cannot be answered.",
    }
    if isinstance(exception, BadParameters):
        problem |= {"type": BAD_PARAMETERS, "title": "Unknown parameters or values"}
        problem["errors"] = [fault_as_json(fault) for fault in exception.faults]
    return Response(problem, response.status_code, headers=_headers(response), content_type=MEDIA_TYPE)


def fault_as_json(fault):
    """`allowed` is null where the values are no short list; `nearest` is null where nothing comes near."""
    return {
        "parameter": fault.parameter,
        "message": f"{fault.message} Did you mean {fault.nearest}?" if fault.nearest else fault.message,
        "allowed": None if fault.allowed is None else list(fault.allowed),
        "nearest": fault.nearest,
    }


def _headers(response):
    """Those that the refusal itself asks for, such as Retry-After; the content's are set anew."""
    return {name: value for name, value in response.headers.items() if name != "Content-Type"}
