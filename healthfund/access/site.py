"""The newsroom's pages are for staff who have set up their second factor; what logs them in is our own pages."""

from functools import wraps

from allauth.account.utils import get_next_redirect_url
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from . import second_factor


class Newsroom(AdminSite):
    def has_permission(self, request):
        return super().has_permission(request) and not second_factor.is_wanting(request)

    def admin_view(self, view, cacheable=False):
        page = super().admin_view(view, cacheable)

        @wraps(page)
        def guarded(request, *given, **named):
            # What htmx asks for is put into a page: a log-in page would stand in the middle of a form.
            if "HX-Request" in request.headers and not self.has_permission(request):
                return HttpResponse(status=401)
            return page(request, *given, **named)

        return guarded

    @method_decorator(never_cache)
    def login(self, request, extra_context=None):
        """Lead whoever may not come in yet to what is missing: the log-in, or the second factor."""
        onward = get_next_redirect_url(request, REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(onward, reverse("account_login"))
        if not request.user.is_staff:
            raise PermissionDenied
        if second_factor.is_wanting(request):
            return redirect_to_login(onward, reverse("mfa_activate_totp"))
        return redirect(onward)

    def logout(self, request, extra_context=None):
        return redirect("account_logout") if request.method == "GET" else super().logout(request, extra_context)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def password_change_done(self, request, extra_context=None):
        return redirect("admin:index")
