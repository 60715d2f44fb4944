"""Refusals as RFC 9457 problem documents: what is wrong, what is allowed, and what was probably meant.

Whatever goes wrong under /api/ ends in one, also where no view was found or one broke.
"""

from http import HTTPStatus

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, JsonResponse
from django.views import defaults
from rest_framework import exceptions, serializers, status, views

from healthfund import logs

ROOT = "/api/"
MEDIA_TYPE = "application/problem+json"
BAD_PARAMETERS = "/api/v1/#parameters"
"""The problem type of a refused query; the index of the API describes it. Others have only what HTTP says of them."""

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
"""Named by draft-ietf-httpapi-ratelimit-headers, as are the fields that publish the limits."""


class BadParameters(exceptions.APIException):
    """A query that cannot be answered as it was asked. Takes the Faults, of which there is at least one."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_parameters"

    def __init__(self, faults):
        super().__init__("The question has parameters or values that are not known here; nothing was answered.")
        self.faults = list(faults)


class FaultSerializer(serializers.Serializer):
    """What is wrong with one parameter, as `fault_as_json` tells it."""

    parameter = serializers.CharField()
    message = serializers.CharField()
    allowed = serializers.ListField(child=serializers.CharField(), allow_null=True)
    nearest = serializers.CharField(allow_null=True)


class ProblemSerializer(serializers.Serializer):
    """An RFC 9457 problem document, for the schema only."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()


class BadParametersSerializer(ProblemSerializer):
    """A problem with each fault of the question; `errors` is not there where the request is malformed as a whole."""

    errors = FaultSerializer(many=True, required=False)


class PointedFaultSerializer(serializers.Serializer):
    """What is wrong with one member of a document that was sent in, by its JSON pointer."""

    pointer = serializers.CharField()
    message = serializers.CharField()


class BadDocumentSerializer(ProblemSerializer):
    """A problem with each fault of a document that was sent in, or of the query that it came with."""

    errors = serializers.ListField(child=serializers.JSONField(), required=False)


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
    detail = exception.detail if isinstance(exception.detail, str) else "The request cannot be answered."
    members = {}
    if isinstance(exception, BadParameters):
        members = {"type": BAD_PARAMETERS, "title": "Unknown parameters or values"}
        members["errors"] = [fault_as_json(fault) for fault in exception.faults]
    elif isinstance(exception, exceptions.Throttled):
        policy = context["request"]._request.rate_limit.policy
        members = {"type": QUOTA_EXCEEDED, "title": "Quota exceeded", "violated-policies": [policy]}
        detail = _later(exception)
    # What an exception of ours tells machines besides.
    members |= getattr(exception, "members", {})
    return problem(response.status_code, detail, headers=_headers(response), **members)


def problem(status, detail, *, headers=None, **members):
    """An answer that says what is wrong: JSON whatever was asked for, with the id under which our log knows it.

    members: further members of the document, or a type and title more telling than the status.
    """
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail),
        **members,
        "request_id": logs.cause(),
    }
    plain = {"ensure_ascii": False}
    return JsonResponse(document, status=status, headers=headers, json_dumps_params=plain, content_type=MEDIA_TYPE)


def problem_or(page, status, detail):
    """What Django calls where no view answers: a problem under /api/, elsewhere the page."""

    def answer(request, *given, **named):
        return problem(status, detail) if request.path_info.startswith(ROOT) else page(request, *given, **named)

    return answer


malformed = problem_or(defaults.bad_request, 400, "The request is malformed or too large.")
forbidden = problem_or(defaults.permission_denied, 403, "This is not allowed.")
not_found = problem_or(defaults.page_not_found, 404, "There is nothing at this address; /api/v1/ lists what there is.")
broken = problem_or(
    defaults.server_error, 500, "Something broke on our side. It has been logged under the request_id that stands here."
)


def _later(throttled):
    return (
        f"That was more than is answered a minute: come back in {throttled.wait:.0f} seconds. The RateLimit fields of "
        "every answer say how much is left; with a token it is more."
    )


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
