"""The guard over what we ask: attacked with every spelling of a private address, and with real servers."""

import ipaddress
import re
import ssl
import subprocess
import time

import pytest
from django.test import override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from announcements.intake.fetching import (
    NOT_PUBLIC,
    Policy,
    Refused,
    Unreachable,
    as_ip,
    fetch,
    host,
    is_public,
    look_up,
    parsed,
)
from tests.receiving import drip, endless, hang, receiving

USUAL = Policy()


def get(address, *, policy=USUAL, seconds=5, largest=1000, **kwargs):
    return fetch("GET", address, policy=policy, seconds=seconds, largest=largest, **kwargs)


def allowing(receiver, name="127.0.0.1"):
    return Policy(allowed=frozenset({f"{name}:{receiver.server_port}"}))


def judging(receiver):
    """A policy under which only the address decides: the receiver's port is as good as any."""
    return Policy(ports=frozenset({receiver.server_port}))


def says(*addresses):
    """A resolver that gives these lists of addresses one after another, and no further one."""
    answers = iter(addresses)
    return lambda host, port: next(answers)


# Which addresses are public

IPV4 = st.ip_addresses(v=4)
PRIVATE = st.sampled_from(NOT_PUBLIC).flatmap(lambda network: st.ip_addresses(network=network))


@given(PRIVATE)
def test_nothing_in_a_special_network_is_public(address):
    assert not is_public(str(address))


@given(st.ip_addresses())
@example(ipaddress.ip_address("fd00:ec2::254"))
@example(ipaddress.ip_address("fec0::1"))
@example(ipaddress.ip_address("ff02::1"))
@example(ipaddress.ip_address("::"))
def test_what_python_calls_private_multicast_or_reserved_is_never_public(address):
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or not address.is_global
        or getattr(address, "is_site_local", False)
    )
    assert not (special and is_public(str(address)))


@given(IPV4, st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}", "64:ff9b:1::{}", "::ffff:0:{}"]))
def test_no_ipv6_address_that_holds_an_ipv4_one_is_public(address, form):
    assert not is_public(form.format(address))


@given(IPV4)
def test_no_6to4_or_teredo_address_is_public(address):
    high, low = f"{int(address) >> 16:x}", f"{int(address) & 0xFFFF:x}"
    assert not is_public(f"2002:{high}:{low}::1")
    assert not is_public(f"2001:0:{high}:{low}::1")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "151.101.1.140", "2606:4700::1111", "2a00:1450:4009::200e"])
def test_the_public_internet_is_public(address):
    assert is_public(address)


# Which texts are addresses that we ask


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "http:///path",
        "http://",
        "",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https://@example.org/",
        "https://example.org@127.0.0.1/",
        "https://example.org/#part",
        "https://example.org:22/",
        "https://example.org:6379/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/\r\nHost: other",
        "https://ex\u2025mple.org/",
        "https://１２７.0.0.1/",
        "https://example.org/" + "x" * 500,
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://127.1/",
        "http://0/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://010.8.8.8/",
        "http://8.8.8.08/",
        "http://127.0.0.1.5/",
        "http://169.254.169.254/latest/meta-data/",
        "http://168.63.129.16/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::ffff:a00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00:ec2::254]/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://portal.localhost/",
        "http://%6cocalhost/",
        "http://127.0.0.1%2f.example.org/",
    ],
)
def test_an_address_that_we_never_ask_is_refused_by_its_text(address):
    with pytest.raises(Refused):
        parsed(address, USUAL)


@given(IPV4)
def test_an_ipv4_address_is_only_taken_in_its_usual_spelling(address):
    for spelling in (
        str(int(address)),
        hex(int(address)),
        ".".join(f"0{int(part):o}" for part in str(address).split(".")),
    ):
        with pytest.raises(Refused):
            parsed(f"http://{spelling}/", USUAL)


@given(PRIVATE)
def test_a_private_literal_is_refused_before_anything_is_opened(address):
    host = f"[{address}]" if address.version == 6 else address
    with pytest.raises(Refused, match="not a public address"):
        parsed(f"https://{host}/", USUAL)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "http://example.org/hook?key=a%20b",
        "https://example.org.:8443/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:8080/",
        "https://xn--bcher-kva.example/",
        "https://1.example/",
    ],
)
def test_an_ordinary_address_is_taken(address):
    assert host(parsed(address, USUAL)) in address


@given(st.text(st.sampled_from("htps:/@[]%.#?0123456789xn-abf:A\\ \t\u2025é"), max_size=40), st.booleans())
@example("xn--a/", True)
@example("xn--0.example/", True)
@example("[::1", True)
@example("example.org:٣/", True)
@example("a..b/", True)
def test_whatever_is_given_as_an_address_is_taken_or_refused(text, as_host):
    try:
        taken = host(parsed(f"https://{text}" if as_host else text, USUAL))
    except Refused:
        return
    assert re.fullmatch(r"[a-z0-9._:-]+", taken)
    assert as_ip(taken) is None or is_public(taken)


# Where a name leads is judged, and that very address is asked


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["10.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["fe80::1%lo"], ["8.8.8.8", "127.0.0.1"]],
)
def test_a_name_that_leads_inside_is_refused_and_nobody_is_asked(answer):
    with receiving() as receiver:
        with pytest.raises(Refused, match="not public"):
            get(f"http://rebind.test:{receiver.server_port}/", policy=judging(receiver), look_up=says(answer))
        assert receiver.received == []


@given(PRIVATE, st.lists(st.sampled_from(["8.8.8.8", "1.1.1.1", "2606:4700::1111"]), max_size=6))
def test_one_private_address_among_those_of_a_name_is_enough_to_refuse_it(address, others):
    with pytest.raises(Refused):
        get("http://mixed.test/", look_up=says([*others, str(address)]))


def test_a_name_is_looked_up_once_so_a_second_answer_changes_nothing():
    with receiving(200) as receiver:
        address = f"http://rebind.test:{receiver.server_port}/"
        asked = says(["127.0.0.1"], ["127.0.0.2"])
        assert get(address, policy=allowing(receiver, "rebind.test"), look_up=asked).status == 200
        assert asked("rebind.test", 80) == ["127.0.0.2"]
        assert receiver.received[0].headers["host"] == f"rebind.test:{receiver.server_port}"


def test_a_name_that_first_leads_outside_and_then_inside_is_never_connected_to_inside():
    with receiving() as receiver:
        # Nobody listens at the public address: whoever went by the name instead would find the receiver.
        asked = says(["203.0.114.1"], ["127.0.0.1"])
        with pytest.raises(Unreachable):
            get(f"http://rebind.test:{receiver.server_port}/", policy=judging(receiver), look_up=asked, seconds=0.3)
        assert receiver.received == []


def test_the_next_address_of_a_name_is_tried_where_one_does_not_answer():
    with receiving(200) as receiver:
        asked = says(["127.0.0.9", "127.0.0.1"])
        address = f"http://two.test:{receiver.server_port}/"
        assert get(address, policy=allowing(receiver, "two.test"), look_up=asked).status == 200


def test_what_the_machines_own_resolver_calls_local_is_not_public():
    found = look_up("localhost", 80)
    assert found
    assert not any(map(is_public, found))


def test_a_name_without_an_address_is_unreachable():
    with pytest.raises(Unreachable, match="has no address"):
        get("http://nowhere.invalid/")


# Who is allowed all the same


def test_the_portal_allows_a_host_at_one_port_and_no_other():
    with receiving(200) as receiver, receiving(200) as other:
        with override_settings(OUTBOUND_ALLOW=[receiver.place]):
            assert get(receiver.address, policy=None).status == 200
            with pytest.raises(Refused):
                get(other.address, policy=None)
        assert other.received == []


def test_by_itself_the_portal_allows_nobody_inside():
    with receiving(200) as receiver:
        with pytest.raises(Refused):
            get(receiver.address, policy=None)
        assert receiver.received == []


# Answers


def test_an_answer_has_status_headers_and_body():
    with receiving((418, {"X-Kind": "Teapot"}, b"short")) as receiver:
        answer = get(receiver.address, policy=allowing(receiver))
        assert (answer.status, answer.headers["x-kind"], answer.body, answer.cut) == (418, "Teapot", b"short", False)


def test_what_is_sent_arrives_as_it_is():
    with receiving(200) as receiver:
        fetch(
            "POST",
            f"{receiver.address}?a=%20b",
            seconds=5,
            largest=0,
            policy=allowing(receiver),
            headers={"X-Id": "7"},
            content=b"x" * 100_000,
        )
        [received] = receiver.received
        assert (received.method, received.path, received.body) == ("POST", "/hook?a=%20b", b"x" * 100_000)
        assert (received.headers["x-id"], received.headers["accept-encoding"]) == ("7", "identity")


def test_a_redirect_is_an_answer_and_is_not_followed():
    with receiving() as inside, receiving((302, {"Location": inside.address}, b"")) as receiver:
        answer = get(receiver.address, policy=allowing(receiver))
        assert (answer.status, answer.headers["location"]) == (302, inside.address)
        assert inside.received == []


def test_an_endless_body_is_cut():
    with receiving(endless) as receiver:
        answer = get(receiver.address, policy=allowing(receiver), largest=100_000)
        assert (len(answer.body), answer.cut) == (100_000, True)


@pytest.mark.parametrize("answer", [hang, drip, endless])
def test_however_an_answer_is_drawn_out_the_time_in_all_is_bounded(answer):
    with receiving(answer) as receiver:
        begun = time.monotonic()
        with pytest.raises(Unreachable, match="within 0.5 seconds"):
            get(receiver.address, policy=allowing(receiver), seconds=0.5, largest=10**12)
        assert time.monotonic() - begun < 3


def test_an_answer_that_is_not_http_is_none():
    def greet(handler):
        handler.wfile.write(b"220 mail.example ESMTP\r\n")

    with receiving(greet) as receiver, pytest.raises(Unreachable, match="connection failed"):
        get(receiver.address, policy=allowing(receiver))


def test_nobody_listening_is_unreachable():
    with receiving() as receiver:
        policy, address = allowing(receiver), receiver.address
    with pytest.raises(Unreachable, match="connection failed"):
        get(address, policy=policy)


# HTTPS is the name's, whatever address is connected to


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Paths of a certificate for receiver.test and of its key."""
    folder = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=receiver.test"]
    paths = ["-addext", "subjectAltName=DNS:receiver.test", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    try:
        subprocess.run([*command, *paths], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl to make a certificate with")
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def served(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with receiving(200, context=context) as receiver:
        yield receiver


def ask(served, name, trust):
    policy = allowing(served, name)
    address = f"https://{name}:{served.server_port}/"
    return get(address, policy=policy, look_up=lambda host, port: ["127.0.0.1"], trust=trust)


def test_the_certificate_and_the_name_asked_for_are_the_names_not_the_addresss(served, certificate):
    trust = ssl.create_default_context(cafile=certificate[0])
    assert ask(served, "receiver.test", trust).status == 200
    assert served.names == ["receiver.test"]


def test_a_certificate_of_another_name_is_refused(served, certificate):
    with pytest.raises(Unreachable, match="certificate"):
        ask(served, "other.test", ssl.create_default_context(cafile=certificate[0]))
    assert served.received == []


def test_a_certificate_that_nobody_vouches_for_is_refused(served):
    with pytest.raises(Unreachable, match="certificate"):
        ask(served, "receiver.test", None)
    assert served.received == []
