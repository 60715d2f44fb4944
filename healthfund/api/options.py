"""What OPTIONS answers."""

from rest_framework.metadata import BaseMetadata


class Abilities(BaseMetadata):
    """What can be done at an address; the OpenAPI document tells the rest."""

    def determine_metadata(self, request, view):
        return {
            "methods": view.allowed_methods,
            "renders": [renderer.media_type for renderer in view.renderer_classes],
            "parses": [parser.media_type for parser in view.parser_classes],
        }
