"""One alignment from those of two directions: intersection, union, and what lies between.

Links are pairs (source word, target word), counted from 0; those of the other direction are given
transposed, so that both count alike. Knows nothing of where links come from.

Sources: Och and Ney 2003 (intersection, union, growing); Koehn et al. 2005, "Edinburgh System
Description for the 2005 IWSLT Speech Translation Evaluation" (grow-diag, final-and). Where an
order decides, links are visited by target word, then by source word.
"""

from bisect import insort
from collections.abc import Callable

from seq2seq_cli.scoring.alignment import Link, Links

_NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))
"""Steps (target, source): straight ones first, as in Moses."""


def intersection(forward: Links, backward: Links) -> Links:
    """The links that both directions have: few, and mostly right."""
    return forward & backward


def union(forward: Links, backward: Links) -> Links:
    """The links that either direction has: many, and fewer of them right."""
    return forward | backward


def grow_diag(forward: Links, backward: Links) -> Links:
    """The intersection, grown by links of the union that touch it, diagonally too.

    A link joins if it neighbours one that is in and one of its two words has none yet; until
    nothing joins. What joins is visited in the same round if its place in the order is to come.
    """
    either, grown = forward | backward, _Grown(forward & backward)
    before = -1
    while len(grown.links) > before:
        before = len(grown.links)
        order = sorted(grown.links, key=_by_target)
        for source, target in order:
            for down, right in _NEIGHBOURS:
                near = (source + right, target + down)
                if near in either and grown.has_a_free_word(near):
                    grown.add(near)
                    insort(order, near, key=_by_target)
    return frozenset(grown.links)


def grow_diag_final_and(forward: Links, backward: Links) -> Links:
    """`grow_diag`, then each direction's links between two words that have none yet.

    The directions take their turns: all of `forward` first.
    """
    grown = _Grown(grow_diag(forward, backward))
    for direction in (forward, backward):
        for link in sorted(direction, key=_by_target):
            if grown.has_free_words(link):
                grown.add(link)
    return frozenset(grown.links)


SYMMETRIZATIONS: dict[str, Callable[[Links, Links], Links]] = {
    "intersection": intersection,
    "union": union,
    "grow-diag": grow_diag,
    "grow-diag-final-and": grow_diag_final_and,
}
"""By the names that Moses gave them."""


class _Grown:
    """Links, with the words that have one."""

    def __init__(self, links: Links) -> None:
        self.links = set(links)
        self._sources = {source for source, _ in links}
        self._targets = {target for _, target in links}

    def add(self, link: Link) -> None:
        self.links.add(link)
        self._sources.add(link[0])
        self._targets.add(link[1])

    def has_a_free_word(self, link: Link) -> bool:
        return link[0] not in self._sources or link[1] not in self._targets

    def has_free_words(self, link: Link) -> bool:
        return link[0] not in self._sources and link[1] not in self._targets


def _by_target(link: Link) -> Link:
    return link[1], link[0]
