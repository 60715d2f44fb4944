import base64
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthfund.webhooks import signing

RECEIVING = Path(signing.__file__).with_name("RECEIVING.md")
KEYS = st.binary(min_size=24, max_size=64)
EVENTS = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True)
BODIES = st.binary(max_size=200)


@pytest.fixture(scope="module")
def is_genuine():
    """The recipe that receivers are given, as it stands in RECEIVING.md."""
    [recipe] = re.findall(r"^```python\n(.*?)^```", RECEIVING.read_text(), re.DOTALL | re.MULTILINE)
    written = {}
    exec(recipe, written)
    return written["is_genuine"]


def test_signature_is_the_one_that_the_standard_gives_as_its_example():
    secret, event, timestamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    body = b'{"test": 2432232314}'
    assert signing.signature(secret, event, timestamp, body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signature_is_the_one_that_openssl_reckons():
    # printf 'change-7.1700000000.{"id": "change-7"}' | openssl dgst -sha256 -binary \
    #     -mac HMAC -macopt hexkey:$(printf '00%.0s' {1..32}) | base64
    secret = signing.secret_of(bytes(32))
    signature = signing.signature(secret, "change-7", 1700000000, b'{"id": "change-7"}')
    assert signature == "v1,+xOb7P7MpfGVamA6xRh+Uv/OH1sOhvHVsjycOYnTILM="


@given(KEYS)
def test_a_secret_says_what_it_is_and_holds_its_key(key):
    secret = signing.secret_of(key)
    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_")) == key


@given(st.lists(KEYS, min_size=1, max_size=2, unique=True), EVENTS, BODIES)
def test_the_recipe_takes_what_we_sign_with_each_secret_that_is_good(is_genuine, keys, event, body):
    secrets = [signing.secret_of(key) for key in keys]
    headers = signing.headers(secrets, event, int(time.time()), body)
    assert all(is_genuine(secret, headers, body) for secret in secrets)


@given(KEYS, KEYS, EVENTS, EVENTS, BODIES, BODIES)
def test_the_recipe_takes_nothing_that_was_changed(is_genuine, key, other_key, event, other_event, body, other_body):
    secret, now = signing.secret_of(key), int(time.time())
    headers = signing.headers([secret], event, now, body)
    assert is_genuine(signing.secret_of(other_key), headers, body) == (key == other_key)
    assert is_genuine(secret, headers | {"webhook-id": other_event}, body) == (event == other_event)
    assert is_genuine(secret, headers, other_body) == (body == other_body)
    assert not is_genuine(secret, headers | {"webhook-timestamp": str(now + 1)}, body)
    assert not is_genuine(secret, headers | {"webhook-signature": ""}, body)


def test_the_recipe_takes_nothing_old(is_genuine):
    secret, then = signing.secret_of(bytes(32)), int(time.time()) - 301
    assert not is_genuine(secret, signing.headers([secret], "change-7", then, b"{}"), b"{}")


def test_the_message_that_receivers_are_shown_is_json():
    [message] = re.findall(r'^```\n(\{"id".*?)^```', RECEIVING.read_text(), re.DOTALL | re.MULTILINE)
    assert set(json.loads(message)) == {"id", "type", "timestamp", "data"}
