"""What every resource stands on: one row or a page of rows, strict about what is asked."""

import itertools
import json

from django.http import QueryDict
from rest_framework import exceptions, generics, views
from rest_framework.response import Response

from announcements import filters
from announcements.models import Change
from healthfund.exports.snapshots import CHUNK, snapshot

from ..errors import refuse
from ..export import PARAMETERS as FORMAT
from ..export import Export
from ..manners import dated
from ..pagination import PARAMETERS, PageForm, Pager, as_json
from ..shape import PARAMETERS as SHAPE
from ..shape import Shape


class Parameterless(views.APIView):
    """A view that takes no parameters, and says so."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse(filters.StrictForm(request.query_params).faults)


class List(generics.GenericAPIView):
    """Rows of an ordered queryset, filtered by a FilterSet, paged by keyset, shown in the shape that is asked for."""

    filterset_class = filters.StrictFilterSet
    expansions = {}

    def parameters(self):
        """The form field that reads each parameter, by name: what the schema shows."""
        shape = Shape(QueryDict(), self.serializer_class, self.expansions, also=())
        return self.filters() | shape.fields | PageForm.base_fields | Export.base_fields

    def filters(self):
        """Those of them that say which rows are asked for, and their order."""
        return self.filterset_class(QueryDict(), self.get_queryset().none(), ordered=True).form.fields

    def get(self, request):
        query, export = request.query_params, Export.of(request)
        rows, shape, faults = self.asked_for(query, export)
        if export.is_file:
            refuse(faults)
            # Read before the rows, so that it is never later than they are.
            changed_at = self.changed_at(query)
            return dated(export.response(self.documents(shape.fetching(rows), shape), shape.columns()), changed_at)
        version = None if faults else self.version(query)
        pager = Pager(request, rows if faults else shape.fetching(rows), also=query, version=version)
        refuse(faults + pager.faults)
        return pager.response(lambda rows: self.shown(rows, shape))

    def asked_for(self, query, export):
        """What a query asks for: the rows, the Shape of their documents, and the faults in these and in the Export."""
        shaping = SHAPE if self.expansions else ("fields",)
        rows, faults = self.asked(query, also=(*PARAMETERS, *FORMAT, *shaping))
        # Each form answers for its own parameters; the first also for those that none knows.
        shape = Shape(query, self.serializer_class, self.expansions, also=query)
        return rows, shape, faults + shape.faults + export.faults

    def version(self, parameters):
        """What differs whenever the number of rows might; None where nobody knows."""
        return

    def shown(self, rows, shape):
        """The rows as documents of the shape, or as the text of a JSON array of them."""
        return self.opened(rows, shape)

    def each(self, rows, shape):
        """The rows as documents of the shape, or as the text of each."""
        return self.opened(rows, shape)

    def opened(self, rows, shape):
        """The rows as documents of the shape."""
        return shape.show(rows, self.get_serializer_context())

    def documents(self, rows, shape):
        """Every document of the list one by one, or its text, all of one state of the database."""
        with snapshot():
            rows = rows.iterator(chunk_size=CHUNK)
            while batch := list(itertools.islice(rows, CHUNK)):
                yield from self.each(batch, shape)

    def changed_at(self, parameters):
        """The moment at which the list that the parameters ask for last changed; None where nobody knows. Asked for
        files only: they are sent before they could be given a tag."""
        return

    def asked(self, parameters, also):
        """The rows that the parameters ask for, and the faults in them; `also` names those that are read elsewhere."""
        asked = self.filterset_class(parameters, self.get_queryset(), also=also, blanks=False, ordered=True)
        return asked.qs, asked.faults


class StoredList(List):
    """The same of rows whose documents are stored: their texts are passed on as they are, and opened only for a shape.

    documented: the model of the documents.
    """

    documented = None

    def changed_at(self, parameters):
        # What a filter finds may change without a document.
        if set(parameters) - {*FORMAT, "fields", "ordering"}:
            return None
        return Change.objects.order_by("-pk").values_list("at", flat=True).first()

    def version(self, parameters):
        """The last change: whatever moves a document or the facets it is found by is one. Words are looked up in an
        index that is also brought up to date by itself."""
        if "q" in parameters:
            return None
        return Change.objects.order_by("-pk").values_list("pk", "at", "public_id").first()

    def shown(self, rows, shape):
        return f"[{','.join(self.each(rows, shape))}]" if shape.as_stored else self.opened(rows, shape)

    def each(self, rows, shape):
        if not shape.as_stored:
            return self.opened(rows, shape)
        heads = self.stored(rows, "head")
        return [heads[row.pk] for row in rows if row.pk in heads]

    def opened(self, rows, shape):
        heads = self.stored(rows, "head")
        rests = self.stored(rows, "rest") if shape.beyond else {}
        heads = {row.pk: json.loads(heads[row.pk]) for row in rows if row.pk in heads}
        return shape.show_stored(heads.values(), [json.loads(rests.get(pk, "{}")) for pk in heads])

    def stored(self, rows, part):
        """{id: the text of this part of the document} of these rows, in one query."""
        return dict(self.documented.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", part))


class StoredDetail(views.APIView):
    """The stored document of one row, whole, as its text stands; opened only where a shape is asked for."""

    def parameters(self):
        """The form field that reads each parameter, by name: what the schema shows."""
        return Shape(QueryDict(), self.serializer_class, self.expansions, also=()).fields

    def get(self, request, **public_id):
        # Without parameters there is nothing to judge, which would cost as much as all the rest.
        shape = request.query_params and Shape(request.query_params, self.serializer_class, self.expansions, also=())
        if shape:
            refuse(shape.faults)
        stored = self.get_document(**public_id)
        if not shape or shape.as_stored:
            return dated(as_json(stored.whole), stored.changed_at)
        return Response(shape.show_stored([json.loads(stored.whole)], [{}])[0])


class Detail(generics.GenericAPIView):
    """One row by its public id, in the shape that is asked for."""

    lookup_field = "slug"
    expansions = {}

    def parameters(self):
        """The form field that reads each parameter, by name: what the schema shows."""
        return Shape(QueryDict(), self.serializer_class, self.expansions, also=()).fields

    def get(self, request, **public_id):
        shape = Shape(request.query_params, self.serializer_class, self.expansions, also=())
        refuse(shape.faults)
        rows = self.get_queryset()
        row = shape.fetching(rows).filter(**self.known_as(**public_id)).first()
        if row is None:
            name = "#".join(public_id.values())
            raise exceptions.NotFound(f"There is no {rows.model._meta.verbose_name} “{name}” here.")
        [document] = shape.show([row], self.get_serializer_context())
        return Response(document)

    def known_as(self, id):
        """What a public id says of the row, as lookups."""
        return {self.lookup_field: id}


class KeyedDetail(Detail):
    """One row that is known by its announcement and its key there."""

    def known_as(self, announcement, key):
        return {"announcement__slug": announcement, "key": key}
