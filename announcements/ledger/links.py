"""Rules over links between pots. Pure: pots are whatever names them, a link is a pair (outer, inner)."""


def find_cycle(edges):
    """A way that leads from a pot back to itself, or None.

    edges: pairs (outer, inner), in any order and also repeated. Gives the pots of one cycle, outermost first as the
    pairs name them, with the first repeated at the end: [a, b, a] where a includes b and b includes a. The answer is
    the same for the same edges in the same order.
    """
    inner_of: dict = {}
    for outer, inner in edges:
        inner_of.setdefault(outer, {})[inner] = None
    done = set()
    for start in inner_of:
        if start in done:
            continue
        path = {start: iter(inner_of[start])}
        while path:
            pot = next(reversed(path))
            inner = next(path[pot], None)
            if inner is None:
                done.add(pot)
                del path[pot]
            elif inner in path:
                way = list(path)
                return [*way[way.index(inner) :], inner]
            elif inner not in done:
                path[inner] = iter(inner_of.get(inner, ()))
    return None
