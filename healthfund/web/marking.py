"""Where the words of a search stand in a text, and the piece of text around them. Pure; pieces of text in and out, which
whoever shows them escapes.

The engines find by the stems of words, each its own: what shares a beginning with a word of the search and goes on as
English words do is near enough for a mark.
"""

import re
from typing import NamedTuple

from announcements.search import Query, plain

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
ENDING = re.compile(
    r"(e|s|es|ed|er|ers|ing|ings|y|ies|ied|ion|ions|al|ally|ly|ment|ments|ation|ations|ity|ive|isation|ise|ised|ising)?"
)
SHORTEST = 4
"""Letters that two words must share before their endings; of shorter ones only an s may differ."""

AROUND = 16
"""Words that are shown on each side of what was found."""


class Piece(NamedTuple):
    """A piece of a text, and whether it is what was searched for."""

    text: str
    found: bool


def pieces(text: str, query: Query) -> list[Piece]:
    """The text as Pieces that make it up whole, with every phrase of the query found."""
    cut, place = [], 0
    for start, end in spans(text, query):
        cut += [Piece(text[place:start], False), Piece(text[start:end], True)]
        place = end
    cut.append(Piece(text[place:], False))
    return [piece for piece in cut if piece.text]


def snippet(texts: list[str], query: Query) -> list[Piece]:
    """The Pieces of some words around the first find, in the text with the most finds; none where nothing is found."""
    counted = [(len(spans(text, query)), -place) for place, text in enumerate(texts)]
    number, place = max(counted, default=(0, 0))
    if not number:
        return []
    text = texts[-place]
    first, last = spans(text, query)[0]
    before = [match.start() for match in WORD.finditer(text) if match.start() < first]
    after = [match.end() for match in WORD.finditer(text) if match.end() > last]
    start = before[-AROUND] if len(before) > AROUND else 0
    end = after[AROUND - 1] if len(after) > AROUND else len(text)
    shown = f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
    return pieces(shown, query)


def spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the phrases of a query stand in a text, from where to where, in order and apart from each other."""
    words = [(match.start(), match.end(), plain(match[0])) for match in WORD.finditer(text)]
    found, place = [], 0
    phrases = sorted({phrase for group in query.groups for phrase in group}, key=len, reverse=True)
    while place < len(words):
        length = next((len(phrase) for phrase in phrases if _stands(phrase, words, place)), 0)
        if length:
            found.append((words[place][0], words[place + length - 1][1]))
        place += length or 1
    return found


def alike(word: str, wanted: str) -> bool:
    """Whether two plain words are one, or differ only in how they end."""
    if word.removesuffix("s") == wanted.removesuffix("s"):
        return True
    shared = 0
    for one, other in zip(word, wanted, strict=False):
        if one != other:
            break
        shared += 1
    # "policy" and "policies" differ before their endings.
    return any(
        length >= SHORTEST and ENDING.fullmatch(word[length:]) and ENDING.fullmatch(wanted[length:])
        for length in (shared, shared - 1)
    )


def _stands(phrase, words, place):
    beyond = place + len(phrase)
    return beyond <= len(words) and all(
        alike(word, wanted) for (_, _, word), wanted in zip(words[place:beyond], phrase, strict=True)
    )
