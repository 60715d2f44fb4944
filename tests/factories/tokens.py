import datetime

import factory
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from factory.django import DjangoModelFactory

from healthfund.models import KeptAnswer, Token, digest


class TokenFactory(DjangoModelFactory):
    """A token of a user of its own, made an hour ago for a year; `token.secret` is its secret.

    may: codenames of the permissions that its user has; scopes: words with blanks between.
    """

    class Meta:
        model = Token

    name = "nightly import"
    scopes = "read"
    created_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(hours=1))
    expires_at = factory.LazyAttribute(lambda token: token.created_at + datetime.timedelta(days=365))

    @classmethod
    def _create(cls, model_class, *args, may=(), user=None, **kwargs):
        if user is None:
            user = User.objects.create_user(f"user-{User.objects.count()}", is_staff=True)
            user.user_permissions.set(Permission.objects.filter(codename__in=may))
        token = model_class(user=user, **kwargs)
        token.secret = token.seal()
        token.save()
        return token


class KeptAnswerFactory(DjangoModelFactory):
    class Meta:
        model = KeptAnswer

    token = factory.SubFactory(TokenFactory)
    key = factory.Sequence(lambda number: f"key-{number}")
    request = digest("a request")
    status = 201
    body = "{}"
    created_at = factory.LazyFunction(timezone.now)
