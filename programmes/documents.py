"""JSON documents from outside: read them, check their shape, and say what is wrong in words that name the place.

What is wrong is never an exception half-way: every fault of a document is found, and all are raised together.
"""

import difflib
import json
import math
import re
from decimal import Decimal
from typing import NamedTuple

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

LONGEST_WORD = 200
"""Characters of a word that is compared with the known ones."""


class Fault(NamedTuple):
    """What is wrong at one place of a document, in words that say what to do.

    place: as people read it, such as `facts.json: claims[1].amount`; path: the same as keys and indices, also where
    the last of them is missing.
    """

    place: str
    message: str
    path: tuple = ()

    def __str__(self):
        return f"{self.place}: {self.message}"

    @property
    def nearest(self):
        """What was probably meant, or None."""
        return getattr(self.message, "nearest", None)

    @property
    def allowed(self):
        """All that may stand there where that is a list, else None."""
        return getattr(self.message, "allowed", None)

    @property
    def pointer(self):
        """The path as a JSON Pointer (RFC 6901): /claims/1/amount."""
        steps = (storable(str(step)).replace("~", "~0").replace("/", "~1") for step in self.path)
        return "".join(f"/{step}" for step in steps)


class Message(str):
    """Words for people that tell machines, too, what was probably meant and what is allowed, where that is known."""

    nearest: str | None
    allowed: tuple | None

    def __new__(cls, text, *, nearest=None, allowed=None):
        message = super().__new__(cls, text)
        message.nearest, message.allowed = nearest, allowed
        return message


class Faults(Exception):
    """A document that cannot be used. `faults`: each Fault that was found, in the order of the document."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


# ------------------------------------------------------------------------------------------------ reading


class _Broken:
    """Stands in a document for what JSON does not allow and Python's reader does, until its place is known."""

    def __init__(self, message):
        self.message = message


def _object(pairs):
    values = dict(pairs)
    if len(values) < len(pairs):
        seen = set()
        for key, _ in pairs:
            if key in seen:
                values[key] = _Broken("stands twice in the same object: keep one")
            seen.add(key)
    return values


def _integer(text):
    return int(text) if len(text) < 100 else _Broken("is a number of more than 100 digits")


def _constant(text):
    return _Broken(f"is {text}, which JSON does not know: give a number or null")


def read(path):
    """The JSON document in a file, its decimal numbers as Decimal. Raises Faults when it cannot be read."""
    name = str(path)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except IsADirectoryError:
        raise Faults([Fault(name, "is a folder: name the files in it")]) from None
    except FileNotFoundError:
        raise Faults([Fault(name, "there is no such file")]) from None
    except (OSError, ValueError) as problem:
        message = f"cannot be read: {getattr(problem, 'strerror', None) or problem}"
        raise Faults([Fault(name, message)]) from None
    return parse(text, name)


def parse(text, name=""):
    """The JSON document in a text, or in bytes of UTF-8, its decimal numbers as Decimal. Raises Faults when it has none.

    name: what faults call the document.
    """
    try:
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        message = f"is not UTF-8 text (byte {problem.start + 1}): save it as UTF-8"
        raise Faults([Fault(name, message)]) from None
    try:
        document = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=Decimal, parse_constant=_constant
        )
    except json.JSONDecodeError as problem:
        where = "is empty" if not text.strip() else f"line {problem.lineno} column {problem.colno}: {problem.msg}"
        raise Faults([Fault(name, f"is not JSON: {where}")]) from None
    except RecursionError:
        raise Faults([Fault(name, "is not a document of ours: its lists and objects lie too deep")]) from None
    faults = [
        Fault(place(name, path), value.message, path) for path, value in _leaves(document) if isinstance(value, _Broken)
    ]
    if faults:
        raise Faults(faults)
    return document


def _leaves(document):
    """Every (path, value) that is neither object nor list, and (path, key) for every key, in the document's order."""
    todo = [((), document)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            yield from ((path, key) for key in value)
            todo += [((*path, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            todo += [((*path, index), inner) for index, inner in reversed(list(enumerate(value)))]
        else:
            yield path, value


def place(name, path):
    """A path such as ("claims", 1, "amount") in the document of a name: `facts.json: claims[1].amount`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{printable(step)}" for step in path).removeprefix(".")
    return ": ".join(part for part in (name, steps) if part)


def printable(text, longest=60):
    """A text cut short, with nothing in it that a terminal or log could stumble over."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)


def storable(text):
    """A text with what no encoding can hold, half a character, written out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def quoted(value):
    """A value as a message shows it: a text in quotes, cut short; of anything else only what kind it is."""
    return f"“{printable(value)}”" if isinstance(value, str) else kind(value)


def kind(value):
    """What kind of JSON value it is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return "a number"
    return {str: "a text", list: "a list", dict: "an object"}.get(type(value), "no JSON value")


# ------------------------------------------------------------------------------------------------ shape


class Shape:
    """A JSON Schema that speaks plainly.

    What a value should be is said by the schema's `title`. formats: {a format of the schema: function that takes a text
    and gives what is wrong with it, or None}; where a format has one, it speaks in place of the pattern, which stays
    for others who use the schema.
    """

    def __init__(self, schema, formats=None):
        self.formats = formats or {}
        # JSON has no true integers; ours are those that were written so. Decimals come from `read`.
        types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
        types = types.redefine("number", lambda _, value: type(value) in (int, float, Decimal))
        spoken = {
            "type": self._type,
            "required": self._required,
            "additionalProperties": self._additional_properties,
            "pattern": self._pattern,
            "format": self._format,
            "enum": self._enum,
            "minItems": self._min_items,
            "maxItems": self._max_items,
            "uniqueItems": self._unique_items,
            "maxLength": self._max_length,
            "minimum": self._minimum,
            "maximum": self._maximum,
        }
        self.validator = validators.extend(Draft202012Validator, spoken, type_checker=types)(
            _inlined(schema, schema.get("$defs", {}))
        )

    def errors(self, document):
        """Every (path, message), in the order of the document; a path is a tuple of keys and indices."""
        found = [(path, message) for path, value in _leaves(document) if (message := _unstorable(value))]
        told = {path for path, _ in found}
        errors = ((tuple(error.absolute_path), error.message) for error in self.validator.iter_errors(document))
        found += [(path, message) for path, message in errors if path not in told]
        return sorted(found, key=lambda error: position(document, error[0]))

    def faults(self, document, name):
        """The same as Faults of the document of that name."""
        return [Fault(place(name, path), message, path) for path, message in self.errors(document)]

    def _type(self, validator, names, value, schema):
        names = [names] if isinstance(names, str) else names
        if not any(validator.is_type(value, name) for name in names):
            wanted = schema.get("title") or " or ".join(TYPES[name] for name in names)
            yield ValidationError(f"is {kind(value)}: give {wanted}")

    def _required(self, validator, keys, value, schema):
        for key in keys if isinstance(value, dict) else ():
            if key not in value:
                wanted = schema.get("properties", {}).get(key, {})
                named = f", one of {_named(wanted['enum'])}" if len(wanted.get("enum", ())) > 1 else ""
                message = f"is missing: give {wanted.get('title', 'it')}{named}"
                allowed = tuple(wanted["enum"]) if "enum" in wanted else None
                yield ValidationError(Message(message, allowed=allowed), path=[key])

    def _additional_properties(self, validator, others, value, schema):
        known = schema.get("properties", {})
        for key in value if isinstance(value, dict) else ():
            if key in known:
                continue
            if others is not False:
                yield from validator.descend(value[key], others, path=key)
                continue
            close = nearest(key, known)
            meant = f"; did you mean {close}?" if close else ""
            message = f"is not a key of {schema.get('title', 'this object')}{meant}"
            yield ValidationError(Message(message, nearest=close, allowed=tuple(known)), path=[key])

    def _pattern(self, validator, pattern, value, schema):
        if not isinstance(value, str) or schema.get("format") in self.formats:
            return
        # In Python $ would let a line end pass.
        if not re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value):
            yield ValidationError(f"{quoted(value)} is not {schema.get('title', 'of the right form')}")

    def _format(self, validator, name, value, schema):
        if isinstance(value, str) and name in self.formats and (message := self.formats[name](value)):
            yield ValidationError(message)

    def _enum(self, validator, allowed, value, schema):
        # True equals 1 to Python.
        if not any(type(value) is type(item) and value == item for item in allowed):
            message = f"{quoted(value)} is not {'one of ' * (len(allowed) > 1)}{_named(allowed)}"
            close = nearest(value, [word for word in allowed if isinstance(word, str)])
            yield ValidationError(Message(message, nearest=close, allowed=tuple(allowed)))

    def _min_items(self, validator, least, value, schema):
        if isinstance(value, list) and len(value) < least:
            yield ValidationError(f"has {len(value) or 'nothing'} in it: give at least {least}")

    def _max_items(self, validator, most, value, schema):
        if isinstance(value, list) and len(value) > most:
            yield ValidationError(f"lists {len(value)}: at most {most} are taken")

    def _unique_items(self, validator, unique, value, schema):
        seen = []
        # Each is compared with each, which a list that is too long anyway is spared.
        short = isinstance(value, list) and len(value) <= schema.get("maxItems", len(value))
        for item in value if unique and short else ():
            if item in seen:
                yield ValidationError(f"lists {quoted(item)} twice")
                return
            seen.append(item)

    def _max_length(self, validator, most, value, schema):
        if isinstance(value, str) and len(value) > most:
            yield ValidationError(f"has {len(value)} characters: shorten it to {most}")

    def _minimum(self, validator, least, value, schema):
        if validator.is_type(value, "number") and not value >= least:
            yield ValidationError(f"is below {least}")

    def _maximum(self, validator, most, value, schema):
        if validator.is_type(value, "number") and not value <= most:
            yield ValidationError(f"is above {most}")


TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def nearest(word, known):
    """Which of the known words was probably meant, or None."""
    close = difflib.get_close_matches(word, known, n=1) if isinstance(word, str) and len(word) <= LONGEST_WORD else ()
    return close[0] if close else None


def _named(values):
    return ", ".join("null" if value is None else str(value) for value in values)


def _inlined(schema, defs):
    """The schema with each reference replaced by what it leads to, which is looked up for every value otherwise."""
    if isinstance(schema, list):
        return [_inlined(item, defs) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        schema = defs[schema["$ref"].removeprefix("#/$defs/")] | {k: v for k, v in schema.items() if k != "$ref"}
    return {key: _inlined(value, defs) for key, value in schema.items() if key != "$defs"}


def _unstorable(value):
    """Why a value can stand in no database, or None."""
    if isinstance(value, str):
        if "\0" in value:
            return "holds the character U+0000: take it out"
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            return "holds half a character (a surrogate without its other half): write the character itself"
    elif isinstance(value, float) and not math.isfinite(value):
        return f"is {value}, which JSON does not know: give a number or null"
    return None


def position(document, path):
    """Where in its document a path leads, as positions that sort; what is missing comes last in its object."""
    positions = []
    for step in path:
        if isinstance(document, dict):
            positions.append(list(document).index(step) if step in document else len(document))
            document = document.get(step)
        else:
            positions.append(step)
            document = document[step] if isinstance(document, list) else None
    return positions
