"""Grants as 360Giving has them."""

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.response import Response

from healthfund.exports import threesixty
from healthfund.exports.snapshots import snapshot

from .base import Parameterless
from .shapes import ThreeSixtySerializer


class ThreeSixty(Parameterless):
    """The announced grants that fit the 360Giving Data Standard; its description says which do not, and why."""

    serializer_class = ThreeSixtySerializer
    may_be_missing = True

    def get(self, request):
        with snapshot():
            told = threesixty.document(
                at=timezone.now(), address=request.build_absolute_uri(), site=request.build_absolute_uri
            )
        if not told["grants"]:
            raise exceptions.NotFound(
                f"There is no grant that fits 360Giving, whose files hold one at least. {told['description']}"
            )
        return Response(told)
