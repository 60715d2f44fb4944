"""What we want of allauth: accounts that administrators make, a password and a code, and secrets that are sealed."""

import secrets
import time
from base64 import b32encode, urlsafe_b64encode
from hashlib import sha256

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.shortcuts import redirect
from django.urls import reverse

from healthfund import limiting


class Accounts(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "This name and password do not belong together. Passwords mind capitals.",
        "incorrect_password": "This is not your password. Passwords mind capitals.",
        "too_many_login_attempts": "That was tried too often. Wait five minutes and try again.",
    }

    def is_open_for_signup(self, request):
        return False

    def get_client_ip(self, request):
        return limiting.network_of(request)

    def pre_authenticate(self, request, **credentials):
        """Nothing: guessed passwords are counted by user and address together (guessing.py). A count by the user alone
        would let anybody lock anybody out."""

    def is_reauthentication_required(self, *, app, **kwargs):
        """Not within five minutes of the log-in, so that setting up the second factor does not begin with another one."""
        records = get_authentication_records(self.request, self.request.user)
        if records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def respond_user_inactive(self, request, user):
        return redirect("account_login")

    def get_password_change_redirect_url(self, request):
        return reverse("admin:index")


class SecondFactors(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right, was used before, or has run out. Type the next one that your app shows.",
    }

    def get_totp_label(self, user):
        return user.get_username()

    # A copy of the database gives nobody a second factor without the portal's key

    def encrypt(self, text):
        return _seals().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """What was sealed. Under another key nothing comes out that anybody could know, so that no code is right."""
        try:
            return _seals().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return b32encode(secrets.token_bytes(20)).decode()


def _seals():
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(f"second factor:{key}".encode()).digest())) for key in keys])
