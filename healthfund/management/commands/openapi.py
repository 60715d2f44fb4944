"""manage.py openapi: write down what the API is, so that a change of it is seen."""

from django.core.management.base import BaseCommand
from django.test import Client

from healthfund.api import examples, schema


class Command(BaseCommand):
    help = "Writes healthfund/api/v1/openapi.json, with which the tests compare what the API says of itself."

    def add_arguments(self, parser):
        parser.add_argument(
            "--examples",
            action="store_true",
            help="First ask this portal, which holds the real announcements, for the answer to each example.",
        )

    def handle(self, **options):
        if options["examples"]:
            examples.write(examples.answered(Client(), schema.document()))
        schema.COMMITTED.write_text(schema.as_json(schema.document()), encoding="utf-8")
