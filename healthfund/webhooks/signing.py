"""Signatures after Standard Webhooks, version 1 (standardwebhooks.com): pure."""

import base64
import hashlib
import hmac

PREFIX = "whsec_"
SECRET_BYTES = 32


def secret_of(key):
    """A secret as it is shown to people, of 32 random bytes."""
    return PREFIX + base64.b64encode(key).decode()


def signature(secret, event, timestamp, body):
    """The signature of a message: of its id, the seconds since 1970 when it is sent, and its body as bytes."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join([event.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(secrets, event, timestamp, body):
    """What a receiver proves a message by: a signature for each secret that is good at the time."""
    return {
        "webhook-id": event,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, event, timestamp, body) for secret in secrets),
    }
