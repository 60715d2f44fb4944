"""Who asks: personal tokens as `Authorization: Bearer hf_…`, and what they may be used for. Reading needs none."""

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions

from ..models import Token

REALM = 'Bearer realm="healthfund"'


class TokenAuthentication(authentication.BaseAuthentication):
    """Gives (user, token); nobody where no Bearer token is sent, which costs no query.

    A token that is sent and of no use is a 401 also where none is needed: nobody believes to be known who is not.
    """

    def authenticate(self, request):
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        token = Token.objects.with_secret(secret.strip())
        if token is None:
            raise exceptions.AuthenticationFailed(
                "This token is not known here: send it whole, as Authorization: Bearer hf_…, or make one in the admin."
            )
        if trouble := token.trouble(now):
            raise exceptions.AuthenticationFailed(trouble)
        Token.objects.seen(token, at=now)
        return token.user, token

    def authenticate_header(self, request):
        """Says with a 401 how to come back; RFC 6750 wants to know from it whether a token was sent."""
        return f'{REALM}, error="invalid_token"' if "Authorization" in request.headers else REALM


class TokenNeeded(exceptions.NotAuthenticated):
    default_detail = (
        "Writing needs a token: make one in the admin, under API tokens, and send it as Authorization: Bearer hf_…"
    )


class NotAllowed(exceptions.PermissionDenied):
    """A token or its user may not do this. `scope` is the one that is missing, None where it is a permission."""

    def __init__(self, detail, scope=None):
        super().__init__(detail)
        if scope:
            self.members = {"scope": scope}
            self.auth_header = f'{REALM}, error="insufficient_scope", scope="{scope}"'


def allow(request, scope, *rights):
    """Raises TokenNeeded or NotAllowed unless the token has the scope and its user all of these permissions."""
    if request.auth is None:
        raise TokenNeeded
    if not request.auth.has(scope):
        raise NotAllowed(f"This token lacks the scope {scope}: make one that has it in the admin.", scope)
    for right in rights:
        if not request.user.has_perm(right):
            raise NotAllowed(f"{request.user} lacks the permission {right}: ask the portal's administrator for it.")


def needs(scope, *rights):
    """A permission class: reading is free, anything else takes a token of this scope and a user with these rights."""

    class Needs(permissions.BasePermission):
        reads_freely = True

        def has_permission(self, request, view):
            if request.method not in permissions.SAFE_METHODS:
                allow(request, scope, *rights)
            return True

    return Needs


class TokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document speaks of these tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal token, hf_…, made in the admin. Reading needs none; with one, more is answered.",
        }
