"""Rate limits: who is counted as whom, what the fields say, and that nothing stops where the cache is away."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from healthfund import embedded, limiting
from healthfund.api import throttling
from tests.factories import TokenFactory
from tests.system.processes import wait_until

ADDRESS = "/api/v1/"


@pytest.fixture
def limits(settings):
    """Sets the requests a minute, anonymous and with a token; nothing was counted yet."""
    cache.clear()

    def set_them(anonymous=3, token=5):
        settings.API_RATES = {"anonymous": anonymous, "token": token}

    return set_them


@pytest.fixture(autouse=True)
def minute(monkeypatch):
    """The clock stands at 20 seconds past the minute; give it another time by `minute(seconds)`."""
    now = [1_800_000_020.0]
    monkeypatch.setattr(throttling.time, "time", lambda: now[0])
    return lambda seconds: now.__setitem__(0, 1_800_000_000.0 + seconds)


def left(response):
    return int(re.search(r";r=(\d+);", response["RateLimit"])[1])


def test_fields_say_the_policy_and_what_is_left(client, db, limits):
    limits(anonymous=3)
    first, second = client.get(ADDRESS), client.get(ADDRESS)
    assert first["RateLimit-Policy"] == '"anonymous";q=3;w=60'
    assert first["RateLimit"] == '"anonymous";r=2;t=40'
    assert second["RateLimit"] == '"anonymous";r=1;t=40'


def test_one_too_many_is_a_429_problem_that_says_when_to_come_back(client, db, limits):
    limits(anonymous=2)
    assert [client.get(ADDRESS).status_code for _ in range(2)] == [200, 200]
    response = client.get(ADDRESS)
    assert response.status_code == 429
    assert response["Content-Type"] == "application/problem+json"
    assert response["Retry-After"] == "40"
    assert response["RateLimit"] == '"anonymous";r=0;t=40'
    assert response.json()["type"].endswith("#quota-exceeded")
    assert response.json()["violated-policies"] == ["anonymous"]
    assert "40 seconds" in response.json()["detail"]


def test_count_begins_again_with_the_next_minute(client, db, limits, minute):
    limits(anonymous=1)
    client.get(ADDRESS)
    assert client.get(ADDRESS).status_code == 429
    minute(60)
    response = client.get(ADDRESS)
    assert (response.status_code, response["RateLimit"]) == (200, '"anonymous";r=0;t=60')


def test_refusals_are_counted_and_say_so_too(client, db, limits):
    limits(anonymous=2)
    assert client.get(ADDRESS + "themes/?bogus=1").status_code == 400
    assert left(client.get(ADDRESS + "themes/none/")) == 0
    assert client.get(ADDRESS).status_code == 429


def test_token_has_a_count_of_its_own_which_is_higher(client, db, limits):
    limits(anonymous=1, token=2)
    one, other = TokenFactory(), TokenFactory()
    client.get(ADDRESS)
    for _ in range(2):
        response = client.get(ADDRESS, headers={"authorization": f"Bearer {one.secret}"})
    assert (response.status_code, response["RateLimit-Policy"]) == (200, '"token";q=2;w=60')
    assert client.get(ADDRESS, headers={"authorization": f"Bearer {one.secret}"}).status_code == 429
    assert left(client.get(ADDRESS, headers={"authorization": f"Bearer {other.secret}"})) == 1


def test_addresses_are_counted_apart(client, db, limits):
    limits(anonymous=1)
    assert client.get(ADDRESS, REMOTE_ADDR="192.0.2.1").status_code == 200
    assert client.get(ADDRESS, REMOTE_ADDR="192.0.2.2").status_code == 200
    assert client.get(ADDRESS, REMOTE_ADDR="192.0.2.1").status_code == 429


def test_network_of_an_ipv6_visitor_is_counted_as_one(client, db, limits):
    limits(anonymous=1)
    assert client.get(ADDRESS, REMOTE_ADDR="2001:db8:0:1::1").status_code == 200
    assert client.get(ADDRESS, REMOTE_ADDR="2001:db8:0:1:ffff::2").status_code == 429
    assert client.get(ADDRESS, REMOTE_ADDR="2001:db8:0:2::1").status_code == 200


def test_nobody_escapes_by_a_header_where_there_is_no_proxy(client, db, limits):
    limits(anonymous=1)
    assert client.get(ADDRESS, headers={"x-forwarded-for": "192.0.2.1"}).status_code == 200
    assert client.get(ADDRESS, headers={"x-forwarded-for": "192.0.2.2"}).status_code == 429


def test_behind_a_proxy_visitors_are_counted_by_what_it_adds_and_not_by_what_they_claim(
    client, db, limits, monkeypatch
):
    monkeypatch.setattr("rest_framework.settings.api_settings.NUM_PROXIES", 1, raising=False)
    limits(anonymous=1)
    assert client.get(ADDRESS, headers={"x-forwarded-for": "198.51.100.1, 192.0.2.1"}).status_code == 200
    assert client.get(ADDRESS, headers={"x-forwarded-for": "198.51.100.2, 192.0.2.1"}).status_code == 429
    assert client.get(ADDRESS, headers={"x-forwarded-for": "198.51.100.1, 192.0.2.2"}).status_code == 200


def test_nothing_is_counted_where_the_limit_is_0(client, db, limits):
    limits(anonymous=0)
    response = client.get(ADDRESS)
    assert "RateLimit" not in response
    assert "RateLimit-Policy" not in response


def test_limit_costs_no_query(client, db, limits, django_assert_num_queries):
    limits()
    with django_assert_num_queries(0):
        assert client.get(ADDRESS).status_code == 200


@given(st.one_of(st.none(), st.text(max_size=30), st.ip_addresses().map(str)))
def test_whatever_a_proxy_writes_becomes_a_key(address):
    key = limiting.network(address)
    assert key.isascii()
    assert key.isprintable()
    assert len(key) <= 40
    assert not set(key) & set(" \t\r\n")


def test_ipv4_visitors_of_an_ipv6_socket_stay_apart():
    assert limiting.network("::ffff:192.0.2.1") == "192.0.2.1"


# The cache away


@pytest.fixture
def nowhere(settings, tmp_path, monkeypatch):
    """A Redis cache on a socket at which nobody listens; gives a function that turns the counter's clock."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"unix://{tmp_path / 'socket'}",
        }
    }
    seconds = [0.0]
    monkeypatch.setattr(throttling, "counter", limiting.Counter(clock=lambda: seconds[0]))
    return lambda number: seconds.__setitem__(0, seconds[0] + number)


def test_without_its_cache_the_portal_answers_without_limit_and_says_so_once(client, db, limits, nowhere, caplog):
    limits(anonymous=1)
    caplog.set_level(logging.INFO, "healthfund.limiting")
    for _ in range(5):
        response = client.get(ADDRESS)
        assert response.status_code == 200
        assert "RateLimit" not in response
        nowhere(limiting.PATIENCE)
    said = [record.message for record in caplog.records if record.name == limiting.__name__]
    assert [line.partition(":")[0] for line in said] == ["cache away, so nothing is limited"]


def test_limits_hold_again_once_the_cache_is_back(client, db, limits, nowhere, settings, caplog):
    limits(anonymous=1)
    caplog.set_level(logging.INFO, "healthfund.limiting")
    client.get(ADDRESS)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert "RateLimit" not in client.get(ADDRESS)
    nowhere(limiting.PATIENCE)
    assert [client.get(ADDRESS).status_code for _ in range(2)] == [200, 429]
    assert "cache back, limits hold again" in caplog.messages


@pytest.fixture
def shared(settings, tmp_path):
    """The cache in a real embedded broker."""
    program = embedded.valkey_server()
    if program is None:
        pytest.skip("no embedded broker for this machine")
    path = embedded.broker_socket(tmp_path)
    child = embedded.Portal.broker(program, tmp_path / "broker", tmp_path, path)
    child.start()
    try:
        wait_until(path.exists, 60, "the broker's socket")
        settings.CACHES = {
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"unix://{path}"}
        }
        yield path
    finally:
        child.stop()


def test_whoever_counts_at_once_counts_each_request_once(shared):
    counter = limiting.Counter()
    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda _: counter.count("rate:anonymous:192.0.2.1:1", throttling.WINDOW), range(200)))
    assert sorted(counts) == list(range(1, 201))


def test_counts_do_not_stay_in_the_broker(shared):
    limiting.Counter().count("rate:anonymous:192.0.2.1:1", throttling.WINDOW)
    with Redis(unix_socket_path=str(shared)) as client:
        [key] = client.keys()
        assert 0 < client.ttl(key) <= 2 * throttling.WINDOW


def test_broker_that_takes_no_more_limits_nothing(client, db, limits, shared):
    limits(anonymous=1)
    with Redis(unix_socket_path=str(shared)) as broker:
        broker.config_set("maxmemory", 1)
    assert [client.get(ADDRESS).status_code for _ in range(3)] == [200] * 3
