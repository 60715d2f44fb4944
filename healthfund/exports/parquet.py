"""Tables as Parquet, where the extra `parquet` is installed."""

import hashlib
import importlib
import importlib.util

INSTALLED = importlib.util.find_spec("pyarrow") is not None


class Writer:
    """Writes rows of a table to a Parquet file, batch by batch. `fields` are those of `tables`."""

    def __init__(self, path, fields):
        self.path, self.fields = path, fields
        self.arrow = importlib.import_module("pyarrow")
        self.schema = self.arrow.schema(
            [self.arrow.field(field.name, self._type(field), not field.needed) for field in fields]
        )
        self.file = importlib.import_module("pyarrow.parquet").ParquetWriter(path, self.schema)

    def _type(self, field):
        arrow = self.arrow
        return {
            "string": arrow.string(),
            # Exact: as many places as a rate may have.
            "number": arrow.decimal128(38, 9),
            "integer": arrow.int64(),
            "boolean": arrow.bool_(),
            "date": arrow.date32(),
            "datetime": arrow.timestamp("us", "UTC"),
        }[field.type]

    def write(self, rows):
        """Writes rows as `Table.cells` gives them."""
        columns = [
            self.arrow.array([row[place] for row in rows], self.schema.types[place])
            for place in range(len(self.fields))
        ]
        self.file.write_table(self.arrow.Table.from_arrays(columns, schema=self.schema))

    def close(self):
        self.file.close()

    def told(self):
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"path": self.path.name, "bytes": self.path.stat().st_size, "hash": f"sha256:{digest}"}
