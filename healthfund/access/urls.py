"""The pages of an account: those of allauth that we want. None signs up, none asks for an e-mail."""

from allauth.account import views as account
from django.urls import include, path

from . import second_factor

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("again/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("code.svg", second_factor.code_to_scan, name="second-factor-code"),
    path("second-factor/", include("allauth.mfa.urls")),
]
