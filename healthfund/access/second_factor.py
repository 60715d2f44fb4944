"""The second factor: who has one, the code that sets it up, and starting anew for somebody who has lost theirs."""

from io import BytesIO

import qrcode
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from qrcode.image.svg import SvgPathFillImage


def is_wanting(request):
    """Whether whoever is logged in must set one up before the newsroom opens. Asks the database once a request."""
    if not settings.TWO_FACTOR:
        return False
    if not hasattr(request, "second_factor_wanting"):
        request.second_factor_wanting = not has(request.user)
    return request.second_factor_wanting


def has(user):
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def start_anew(user):
    """Forget the user's second factor and recovery codes; says whether there were any."""
    return bool(Authenticator.objects.filter(user=user).delete()[0])


@require_safe
@login_required
@never_cache
def code_to_scan(request):
    """What an authenticator app scans to set up the factor, as a picture of its own, so that no page needs a data: one."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    written = BytesIO()
    qrcode.make(get_adapter().build_totp_url(request.user, secret), image_factory=SvgPathFillImage, box_size=14).save(
        written
    )
    return HttpResponse(written.getvalue(), content_type="image/svg+xml")
