"""Whatever cannot be answered is refused in problem JSON that says what to mend."""

import pytest
from django.urls import path
from rest_framework.views import APIView

from healthfund.api import errors
from tests.factories import AnnouncementFactory, ThemeFactory

from .lists import LISTS


def problem(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    return response.json()


@pytest.mark.parametrize("name", [*LISTS, "totals", "codes"])
def test_misspelt_parameter_is_refused_everywhere(refused, name):
    [error] = refused(f"{name}/", bogus="x")
    assert error["parameter"] == "bogus"
    assert error["allowed"] == sorted(error["allowed"])


def test_nearest_name_and_value_are_offered(refused):
    ThemeFactory(key="ai")
    first, second, third = refused("announcements/", themes="ai", theme="AI", pagesize="5")
    assert (first["nearest"], second["nearest"], third["nearest"]) == ("theme", "ai", "page_size")
    assert second["allowed"] == ["ai", "_missing"]
    assert first["message"] == "There is no parameter “themes” here. Did you mean theme?"


def test_all_faults_are_told_at_once(refused):
    errors = refused("announcements/", thema="ai", theme="x", cursor="x", page_size="0", announced_from="soon")
    assert [error["parameter"] for error in errors] == ["thema", "theme", "announced_from", "cursor", "page_size"]


@pytest.mark.parametrize("value", ["", "x"])
@pytest.mark.parametrize("name", ["q", "theme", "cursor", "page_size", "announced_from"])
def test_empty_and_senseless_values_are_refused(refused, client, name, value):
    if (name, value) != ("q", "x"):
        assert [error["parameter"] for error in refused("announcements/", **{name: value})] == [name]


@pytest.mark.parametrize("size", ["0", "-1", "501", "1e2", "ten", "1.0", " 5", "٥", "9" * 50])
def test_page_size_out_of_range_is_refused(refused, size):
    [error] = refused("themes/", page_size=size)
    assert "1 to 500" in error["message"]


def test_one_value_where_one_is_allowed(refused):
    errors = refused("themes/", page_size=["5", "6"], cursor=["a", "b"])
    assert [error["parameter"] for error in errors] == ["page_size", "cursor"]


@pytest.mark.parametrize("cursor", ["x", "a:b", "eyJ4IjoxfQ:abc", "\x00", "%", "é", "a" * 5000])
def test_garbled_cursor_is_refused_with_what_to_do(refused, cursor):
    [error] = refused("announcements/", cursor=cursor)
    assert error["parameter"] == "cursor"


def test_cursor_of_another_list_or_changed_by_hand_is_refused(api, refused):
    ThemeFactory(key="ai")
    ThemeFactory(key="digital")
    cursor = api("themes/", page_size=1)["next"].split("cursor=")[1].split("&")[0].replace("%3A", ":")
    assert api("themes/", cursor=cursor)["results"][0]["id"] == "digital"
    assert "leave the cursor out" in refused("programmes/", cursor=cursor)[0]["message"]
    assert refused("themes/", cursor="A" + cursor)


def test_details_and_index_take_no_filters(refused):
    AnnouncementFactory(slug="2020-01-01-known")
    for address in ["", "announcements/2020-01-01-known/", "announcements/2020-01-01-unknown/", "pots/2020-01-01-a/b/"]:
        [error] = refused(address, theme="ai")
        assert error["parameter"] == "theme"
        assert "theme" not in error["allowed"]


def test_the_index_takes_no_parameters_and_details_only_those_of_their_shape(refused):
    ThemeFactory(key="ai")
    for address in ["", "codes/", "codes/effect/"]:
        [error] = refused(address, expand="claims")
        assert (error["parameter"], error["allowed"]) == ("expand", [])
    for address in ["themes/ai/", "themes/unknown/"]:
        first, second = refused(address, q="ai", expand="total")
        assert (first["parameter"], first["allowed"]) == ("q", ["expand", "fields"])
        assert (second["parameter"], second["nearest"]) == ("expand", "totals")


@pytest.mark.parametrize(
    "address",
    [
        "v1/announcements/2020-01-01-none/",
        "v1/pots/2020-01-01-none/total/",
        "v1/themes/none/",
        "v1/codes/none/",
        "v1/targets/none/",
        "v1/claims/2020-01-01-none/a/",
        "v1/responses/2020-01-01-none/a/",
        "v1/nothing/",
        "v1/nothing",
        "v1/themes/a/b/c",
        "v1/themes//",
        "v2/",
        "v1.json",
        "",
        "%00/",
    ],
)
def test_what_does_not_exist_is_a_404_problem(client, db, address):
    assert problem(client.get(f"/api/{address}"), 404)["detail"]
    assert client.post(f"/api/{address}").status_code in (404, 405)


def test_page_that_does_not_exist_stays_a_page(client, db):
    response = client.get("/apis/")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_problem_names_the_request_as_our_log_does(client, db):
    asked = client.get("/api/v1/themes/?page_size=0", headers={"X-Request-ID": "mine"})
    assert problem(asked, 400)["request_id"] == asked["X-Request-ID"] == "mine"


def broken(request):
    raise ValueError("the password is swordfish")


class Broken(APIView):
    def get(self, request):
        broken(request)


urlpatterns = [
    path("api/v1/broken/", Broken.as_view()),
    path("api/v1/broken/plainly/", broken),
    path("broken/", broken),
]
handler400, handler500 = errors.malformed, errors.broken


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["broken/", "broken/plainly/"])
def test_our_own_mistake_is_a_500_problem_that_says_nothing_of_it(client, caplog, address):
    client.raise_request_exception = False
    response = client.get(f"/api/v1/{address}", headers={"X-Request-ID": "mine"})
    assert problem(response, 500)["request_id"] == "mine"
    assert b"swordfish" not in response.content
    assert "swordfish" in caplog.text


@pytest.mark.urls(__name__)
def test_our_own_mistake_in_a_page_stays_a_page(client):
    client.raise_request_exception = False
    assert client.get("/broken/")["Content-Type"] == "text/html; charset=utf-8"


def test_unknown_host_is_refused_in_a_problem(client, db):
    problem(client.get("/api/v1/themes", headers={"host": "elsewhere.example"}), 400)


def test_address_without_its_slash_is_led_to_the_one_with_it(client, db):
    response = client.get("/api/v1/themes?page_size=5")
    assert (response.status_code, response["Location"]) == (301, "/api/v1/themes/?page_size=5")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["", "announcements/", "totals/", "themes/ai/"])
def test_nothing_is_written_here(client, db, method, address):
    response = getattr(client, method)(f"/api/v1/{address}")
    problem(response, 405)
    assert "GET" in response["Allow"]


def test_other_formats_are_not_to_be_had(client, db):
    problem(client.get("/api/v1/themes/", headers={"accept": "text/csv"}), 406)
    assert client.get("/api/v1/themes/", headers={"accept": "text/html, */*;q=0.8"}).status_code == 200


def test_too_many_parameters_are_refused(client, db):
    problem(client.get("/api/v1/themes/?" + "&".join(f"p{n}=1" for n in range(2000))), 400)


def test_head_and_options_are_answered(client, db):
    assert client.head("/api/v1/themes/").status_code == 200
    assert "GET" in client.options("/api/v1/themes/")["Allow"]
