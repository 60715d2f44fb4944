"""Who comes into the newsroom: a password, a second factor, and an end to guessing."""

import datetime
import re

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from announcements.choices import Role
from tests import codes
from tests.roles import member

pytestmark = pytest.mark.django_db

HOME = "/admin/"
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def two_factors(settings):
    settings.TWO_FACTOR = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def editor():
    return member(Role.EDITOR, "editor", password=PASSWORD)


def log_in(client, password=PASSWORD, username="editor", onward=HOME, **extra):
    return client.post(
        f"/account/login/?next={onward}", {"login": username, "password": password, "next": onward}, **extra
    )


def send_code(client, code, **extra):
    return client.post("/account/second-factor/authenticate/", {"code": code}, **extra)


def leads_to(response, address):
    return response.status_code == 302 and response["Location"].split("?")[0] == address


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


# The way in


def test_visitors_are_led_to_our_log_in_and_back_to_the_page_they_asked_for(client):
    response = client.get("/admin/programmes/theme/", follow=True)
    assert response.redirect_chain[-1][0] == "/account/login/?next=/admin/programmes/theme/"
    assert response.status_code == 200


def test_the_log_in_leads_to_no_other_site(client, editor, settings):
    settings.TWO_FACTOR = False
    assert leads_to(log_in(client, onward="https://elsewhere.example/"), HOME)


def test_staff_without_a_second_factor_set_one_up_before_any_page_opens(client, editor):
    log_in(client)
    for address in (HOME, "/admin/programmes/theme/", "/admin/jsi18n/", "/admin/healthfund/token/add/"):
        response = client.get(address, follow=True)
        assert response.redirect_chain[-1][0].split("?")[0] == "/account/second-factor/totp/activate/", address
        assert response.status_code == 200


def test_setting_it_up_opens_the_newsroom_and_shows_recovery_codes(client, editor):
    log_in(client)
    page = client.get("/account/second-factor/totp/activate/")
    secret = page.context["form"].secret
    done = client.post("/account/second-factor/totp/activate/", {"code": codes.code_of(secret)}, follow=True)
    for code in codes.recovery_codes(editor):
        assert code in text(done)
    assert client.get(HOME).status_code == 200


def test_the_code_to_scan_is_an_answer_of_its_own_which_nobody_else_gets(client, editor):
    address = reverse("second-factor-code")
    assert leads_to(client.get(address), "/account/login/")
    log_in(client)
    assert client.get(address).status_code == 404
    client.get("/account/second-factor/totp/activate/")
    picture = client.get(address)
    assert picture["Content-Type"] == "image/svg+xml"
    assert "no-store" in picture["Cache-Control"]
    assert b"<svg" in picture.content


def test_whoever_has_a_second_factor_is_asked_for_it(client, editor):
    secret = codes.set_up(editor)
    assert leads_to(log_in(client), "/account/second-factor/authenticate/")
    assert leads_to(client.get(HOME), "/admin/login/")
    assert leads_to(send_code(client, codes.code_of(secret)), HOME)
    assert client.get(HOME).status_code == 200


def test_it_is_asked_for_also_where_the_portal_does_not_want_one(client, editor, settings):
    settings.TWO_FACTOR = False
    codes.set_up(editor)
    assert leads_to(log_in(client), "/account/second-factor/authenticate/")


def test_where_the_portal_does_not_want_one_a_password_is_enough(client, editor, settings):
    settings.TWO_FACTOR = False
    assert leads_to(log_in(client), HOME)
    assert client.get(HOME).status_code == 200


def test_a_code_opens_once(editor):
    secret = codes.set_up(editor)
    code = codes.code_of(secret)
    first, second = Client(), Client()
    log_in(first)
    log_in(second)
    assert leads_to(send_code(first, code), HOME)
    assert "used before" in text(send_code(second, code))


def test_a_recovery_code_opens_once_in_place_of_a_code(editor):
    codes.set_up(editor)
    code = codes.recovery_codes(editor)[0]
    first, second = Client(), Client()
    log_in(first)
    log_in(second)
    assert leads_to(send_code(first, code), HOME)
    assert send_code(second, code).status_code == 200
    assert code not in codes.recovery_codes(editor)


def test_readers_with_an_account_are_told_that_it_opens_nothing_here(client):
    User.objects.create_user("reader", password=PASSWORD)
    response = client.get(log_in(client, username="reader")["Location"], follow=True)
    assert response.status_code == 403
    assert "reader" in text(response)


def test_somebody_who_has_left_does_not_come_in(client, editor):
    User.objects.update(is_active=False)
    assert "do not belong together" in text(log_in(client))


def test_nobody_makes_an_account_or_asks_for_mail(client):
    for address in ("signup/", "email/", "password/reset/", "3rdparty/", "login/code/", "confirm-email/"):
        assert client.get(f"/account/{address}").status_code == 404, address


def test_a_copy_of_the_database_gives_no_second_factor(client, editor, settings):
    secret = codes.set_up(editor)
    assert secret not in codes.kept(editor)
    settings.SECRET_KEY = "another key, " * 5
    settings.SECRET_KEY_FALLBACKS = []
    log_in(client)
    assert send_code(client, codes.code_of(secret)).status_code == 200


def test_a_key_of_the_portal_that_is_being_replaced_still_opens_it(client, editor, settings):
    secret = codes.set_up(editor)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, " * 5
    log_in(client)
    assert leads_to(send_code(client, codes.code_of(secret)), HOME)


# What guards the account is changed with a password at hand


@pytest.mark.parametrize("page", ["totp/deactivate/", "recovery-codes/", "recovery-codes/generate/"])
def test_what_guards_the_account_asks_for_the_password_again_after_a_while(client, editor, page):
    secret = codes.set_up(editor)
    log_in(client)
    send_code(client, codes.code_of(secret))
    session = client.session
    session["account_authentication_methods"] = [
        {**record, "at": record["at"] - 301} for record in session["account_authentication_methods"]
    ]
    session.save()
    address = f"/account/second-factor/{page}"
    assert leads_to(client.get(address), "/account/again/")
    assert "not your password" in text(client.post("/account/again/", {"password": "wrong", "next": address}))
    assert leads_to(client.post(f"/account/again/?next={address}", {"password": PASSWORD, "next": address}), address)
    assert client.get(address).status_code == 200


def test_removing_the_app_closes_the_newsroom_until_another_is_set_up(client, editor):
    secret = codes.set_up(editor)
    log_in(client)
    send_code(client, codes.code_of(secret))
    client.post("/account/second-factor/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert client.get(HOME, follow=True).redirect_chain[-1][0].startswith("/account/second-factor/totp/activate/")


def test_a_new_password_ends_the_other_sessions(editor, settings):
    settings.TWO_FACTOR = False
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    new = "battery staple 9"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert leads_to(here.post("/account/password/", data), HOME)
    assert here.get(HOME).status_code == 200
    assert leads_to(elsewhere.get(HOME), "/admin/login/")


# Guessing


def guess(client, times, **extra):
    for _ in range(times):
        response = log_in(client, "wrong", **extra)
    return response


def test_the_fifth_wrong_password_locks_and_says_for_how_long_and_what_to_do(client, editor):
    assert guess(client, 4).status_code == 200
    locked = guess(client, 1)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 900
    assert "in 15 minutes" in text(locked)
    assert "administrator" in text(locked)
    assert log_in(client).status_code == 429, "the right password does not open it either"


def test_nobody_else_and_no_other_place_is_locked(client, editor):
    member(Role.EDITOR, "colleague", password=PASSWORD)
    guess(client, 6)
    assert log_in(Client(), username="colleague").status_code == 302
    assert log_in(Client(), REMOTE_ADDR="198.51.100.7").status_code == 302


def test_the_lock_ends_by_itself_and_trying_meanwhile_does_not_prolong_it(client, editor):
    guess(client, 5)
    before = AccessAttempt.objects.get().attempt_time
    guess(client, 3)
    assert AccessAttempt.objects.get().attempt_time == before
    AccessAttempt.objects.update(attempt_time=timezone.now() - datetime.timedelta(minutes=15, seconds=1))
    assert log_in(client).status_code == 302


def test_logging_in_forgets_earlier_slips(client, editor, settings):
    settings.TWO_FACTOR = False
    guess(client, 4)
    log_in(client)
    assert not AccessAttempt.objects.exists()


def test_wrong_codes_count_like_wrong_passwords_and_a_right_password_does_not_forget_them(client, editor):
    secret = codes.set_up(editor)
    wrong = codes.wrong(secret)
    log_in(client)
    for _ in range(3):
        assert send_code(client, wrong).status_code == 200
    client = Client()
    log_in(client)
    assert send_code(client, wrong).status_code == 200
    assert send_code(client, wrong).status_code == 429
    assert send_code(client, codes.code_of(secret)).status_code == 429, "the right code does not open it either"


def test_codes_of_one_user_are_limited_from_all_addresses_together(editor):
    secret = codes.set_up(editor)
    wrong = codes.wrong(secret)
    for number in range(5):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        log_in(client)
        send_code(client, wrong)
        send_code(client, wrong)
    client = Client(REMOTE_ADDR="198.51.100.99")
    log_in(client)
    assert "too often" in text(send_code(client, codes.code_of(secret)))


def test_one_address_may_not_try_without_end(client, settings):
    answers = {log_in(client, "wrong", username=f"user-{number}").status_code for number in range(31)}
    assert answers == {200, 429}


def test_addresses_are_seen_through_as_many_proxies_as_there_are(client, editor, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    forged = {"HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.7"}
    guess(client, 5, **forged)
    assert AccessAttempt.objects.get().ip_address == "198.51.100.7"
    assert log_in(Client(), HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.8").status_code == 302


def test_a_network_of_ipv6_counts_as_one_address(editor):
    for number in range(5):
        answer = log_in(Client(), "wrong", REMOTE_ADDR=f"2001:db8::{number}")
    assert answer.status_code == 429


def test_whoever_comes_without_an_address_is_counted_too(editor):
    for _ in range(5):
        answer = log_in(Client(), "wrong", REMOTE_ADDR="")
    assert answer.status_code == 429


def test_what_was_guessed_is_kept_nowhere(client, editor):
    secret = codes.set_up(editor)
    log_in(client, "my other password")
    log_in(client)
    wrong = codes.wrong(secret)
    send_code(client, wrong)
    for row in AccessAttempt.objects.values():
        assert "my other password" not in str(row)
        assert wrong not in row["post_data"]
