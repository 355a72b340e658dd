"""Who takes whose ringing calls by the short code, and who is told of them unasked. Pure.

Those in one of the configured groups (of extensions) take each other's calls; who is in none takes those of
their department. To be of no department is to have nothing in common: that is enough for the code, which one
dials, and not to be told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from server.directory.service import Person

Groups = Sequence[Collection[str]]


class PickUpGroups:
    """Of everybody, made once: what rings is told while it rings, however many people there are."""

    def __init__(self, everyone: Iterable[Person], groups: Groups) -> None:
        of_extension: defaultdict[str, set[int]] = defaultdict(set)
        for number, group in enumerate(groups):
            for extension in group:
                of_extension[extension].add(number)
        #: The groups of each who is in one; all who may be taken from, by group and by department; and those
        #: who go by their department.
        self._groups_of: dict[str, set[int]] = {}
        self._in_group: defaultdict[int, list[str]] = defaultdict(list)
        self._in_department: defaultdict[str, list[str]] = defaultdict(list)
        self._by_department: defaultdict[str, list[str]] = defaultdict(list)
        for person in everyone:
            if person.disabled:
                continue
            mine = {number for extension in person.extensions for number in of_extension.get(extension, ())}
            self._in_department[person.department].append(person.user_id)
            if mine:
                self._groups_of[person.user_id] = mine
                for number in mine:
                    self._in_group[number].append(person.user_id)
            else:
                self._by_department[person.department].append(person.user_id)

    def group_of(self, me: Person) -> tuple[str, ...]:
        """The user ids of those whose calls `me` takes by the short code."""
        mine = self._groups_of.get(me.user_id)
        near = self._members(mine) if mine else self._in_department.get(me.department, ())
        return _without(me, near)

    def near(self, me: Person) -> tuple[str, ...]:
        """Those of whose ringing calls `me` is told."""
        together = bool(me.department) or me.user_id in self._groups_of
        return self.group_of(me) if together and not me.disabled else ()

    def told(self, callee: Person) -> tuple[str, ...]:
        """Those who are told of what rings for `callee`."""
        if callee.disabled:
            return ()
        grouped = self._members(self._groups_of.get(callee.user_id, ()))
        others = self._by_department.get(callee.department, ()) if callee.department else ()
        return _without(callee, (*grouped, *others))

    def _members(self, groups: Collection[int]) -> list[str]:
        return [user_id for number in sorted(groups) for user_id in self._in_group[number]]


def _without(me: Person, people: Iterable[str]) -> tuple[str, ...]:
    return tuple(user_id for user_id in dict.fromkeys(people) if user_id != me.user_id)
