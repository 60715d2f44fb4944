"""What an authenticator app shows."""

import time

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

PERIOD = 30


def code_of(secret, at=None):
    """The six digits of a secret now, which hold for some seconds more."""
    if at is None:
        at = time.time()
        left = PERIOD - at % PERIOD
        if left < 3:
            time.sleep(left)
            at = time.time()
    return format_hotp_value(hotp_value(secret, int(at) // PERIOD))


def wrong(secret):
    """Six digits that are not those of the secret, nor the next ones."""
    right = {code_of(secret, time.time() + seconds) for seconds in (-PERIOD, 0, PERIOD)}
    return next(code for code in map("{:06}".format, range(4)) if code not in right)


def set_up(user):
    """Give a user a second factor; gives its secret. Recovery codes come with it."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def recovery_codes(user):
    return Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()


def kept(user):
    """What the database holds of a user's secret."""
    return Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"]


__all__ = ["code_of", "get_adapter", "kept", "recovery_codes", "set_up", "wrong"]
