"""Who asks: nobody in particular for free, a token that is of use, or a 401 that says what to do."""

import datetime
import json

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.views import APIView

from healthfund.api.tokens import needs
from tests.factories import TokenFactory

ADDRESS = "/api/v1/"


def bearer(secret):
    return {"authorization": f"Bearer {secret}"}


def problem(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()


def test_anonymous_request_asks_the_database_nothing(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get(ADDRESS).status_code == 200


def test_token_costs_one_query_and_one_more_a_minute(client, db):
    token = TokenFactory()
    for expected in (2, 1, 1):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ADDRESS, headers=bearer(token.secret)).status_code == 200
        assert len(queries) == expected
    token.refresh_from_db()
    assert timezone.now() - token.last_used_at < datetime.timedelta(minutes=1)


def test_reading_takes_no_scope(client, db):
    assert client.get(ADDRESS, headers=bearer(TokenFactory(scopes="webhooks").secret)).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
def test_scheme_is_read_in_any_case(client, db, scheme):
    token = TokenFactory()
    client.get(ADDRESS, headers={"authorization": f"{scheme} {token.secret}"})
    token.refresh_from_db()
    assert token.last_used_at


@pytest.mark.parametrize(
    "sent", ["Bearer", "Bearer ", "Bearer x", "Bearer hf_" + "a" * 43, "Bearer hf_é", "Bearer a b"]
)
def test_unknown_token_is_refused_with_what_to_do(client, db, sent):
    response = client.get(ADDRESS, headers={"authorization": sent})
    assert "make one in the admin" in problem(response, 401)["detail"]
    assert response["WWW-Authenticate"] == 'Bearer realm="healthfund", error="invalid_token"'


def test_other_schemes_are_not_ours_to_judge(client, db):
    assert client.get(ADDRESS, headers={"authorization": "Basic YTpi"}).status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"revoked_at": timezone.now()}, "revoked"),
        ({"created_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}, "expired on 31 December 2020"),
    ],
)
def test_token_that_is_over_is_refused_with_what_to_do(client, db, given, said):
    token = TokenFactory(**given)
    response = client.get(ADDRESS, headers=bearer(token.secret))
    detail = problem(response, 401)["detail"]
    assert said in detail
    assert "make a new one in the admin" in detail
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    token.refresh_from_db()
    assert token.last_used_at is None


def test_token_of_a_user_who_may_not_log_in_is_refused(client, db):
    token = TokenFactory()
    token.user.is_active = False
    token.user.save()
    assert "may not log in" in problem(client.get(ADDRESS, headers=bearer(token.secret)), 401)["detail"]


def test_session_of_the_admin_is_nobody_to_the_api(admin_client):
    response = asked("post", client=admin_client)
    assert problem_of(response)["status"] == 401


# What a token may be used for


class Guarded(APIView):
    permission_classes = [needs("facts:submit", "announcements.add_announcement")]

    def get(self, request):
        return Response({"user": None})

    def post(self, request):
        return Response({"user": str(request.user), "token": request.auth.name})


def asked(method, token=None, client=None):
    headers = bearer(token.secret) if token else {}
    request = getattr(RequestFactory(), method)("/", headers=headers)
    if client:
        request.COOKIES = {name: cookie.value for name, cookie in client.cookies.items()}
    return Guarded.as_view()(request)


def problem_of(response):
    assert response["Content-Type"] == "application/problem+json"
    return json.loads(response.content)


def test_guarded_view_is_read_by_everybody(db):
    assert asked("get").status_code == 200


def test_writing_without_a_token_is_a_401_that_tells_where_to_get_one(db):
    response = asked("post")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="healthfund"'
    assert "API tokens" in problem_of(response)["detail"]


def test_missing_scope_is_named(db):
    response = asked("post", TokenFactory(scopes="read", may=["add_announcement"]))
    assert problem_of(response)["status"] == 403
    assert problem_of(response)["scope"] == "facts:submit"
    assert "facts:submit" in problem_of(response)["detail"]
    assert response["WWW-Authenticate"].endswith('error="insufficient_scope", scope="facts:submit"')


def test_missing_permission_of_the_user_is_named(db):
    response = asked("post", TokenFactory(scopes="facts:submit"))
    assert problem_of(response)["status"] == 403
    assert "announcements.add_announcement" in problem_of(response)["detail"]
    assert "scope" not in problem_of(response)


def test_scope_and_permission_together_let_in(db):
    token = TokenFactory(scopes="read facts:submit", may=["add_announcement"])
    assert asked("post", token).data == {"user": token.user.username, "token": "nightly import"}
