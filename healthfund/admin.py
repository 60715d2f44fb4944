"""API tokens: whoever may enter the admin makes them for themselves, sees the secret once, and takes them back."""

from django import forms
from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.utils import timezone

from programmes.forms import ConstraintsBesideFields

from .access.admin import Groups, Guesses, Users
from .alerts.admin import AlertAdmin, AlertMailAdmin
from .models import USUAL_LIFE, Scope, Token
from .webhooks.admin import DeliveryAdmin, WebhookAdmin

__all__ = [
    "AlertAdmin",
    "AlertMailAdmin",
    "DeliveryAdmin",
    "Groups",
    "Guesses",
    "TokenAdmin",
    "Users",
    "WebhookAdmin",
]

OF_OTHERS = "healthfund.change_token"
"""Who sees and revokes the tokens of others."""


class TokenForm(ConstraintsBesideFields):
    beside = {"token_ends_within_two_years": "expires_at"}

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="What it may be used for. It never gives more than your own permissions, as they are at the time.",
    )
    expires_at = forms.DateTimeField(
        label="Expires on",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="From the beginning of this day it is of no use; two years away at most.",
    )

    class Meta:
        model = Token
        fields = ("name", "scopes", "expires_at")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.created_at = timezone.now()
            self.initial.setdefault("expires_at", self.instance.created_at + USUAL_LIFE)

    def clean_scopes(self):
        return " ".join(self.cleaned_data["scopes"])

    def _get_validation_exclusions(self):
        # Nobody types it, and the end of the token is judged by it.
        return super()._get_validation_exclusions() - {"created_at"}


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    form = TokenForm
    list_display = ("name", "user", "scopes", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    readonly_fields = ("user", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke_selected",)

    def get_queryset(self, request):
        tokens = super().get_queryset(request).latest_first()
        return tokens if request.user.has_perm(OF_OTHERS) else tokens.filter(user=request.user)

    def get_fields(self, request, obj=None):
        return (*TokenForm.Meta.fields, *self.readonly_fields) if obj else TokenForm.Meta.fields

    # Who may: for themselves, everybody who is let in here

    def has_module_permission(self, request):
        return True

    def has_view_permission(self, request, obj=None):
        return obj is None or request.user.has_perm(OF_OTHERS) or obj.user_id == request.user.pk

    def has_add_permission(self, request):
        return True

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    # Making

    def render_change_form(self, request, context, **kwargs):
        # Nothing leads past the page that shows the secret.
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.user = request.user
        request.secret = obj.seal()
        obj.save()

    def response_add(self, request, obj, post_url_continue=None):
        """The one page that ever shows the secret. It is kept nowhere, not in a message either."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Your token",
            "opts": self.opts,
            "token": obj,
            "secret": request.secret,
        }
        return TemplateResponse(request, "admin/healthfund/token/secret.html", context)

    @admin.action(description="Revoke: of no use from now on")
    def revoke_selected(self, request, queryset):
        for token in queryset.filter(revoked_at=None):
            self.log_change(request, token, "Revoked.")
        revoked = queryset.revoke(at=timezone.now())
        self.message_user(request, f"Revoked: {revoked}.", messages.SUCCESS)
