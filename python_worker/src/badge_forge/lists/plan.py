"""Compare a list with what the table knows: what is new, changed, or gone."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from badge_forge.errors import ListError
from badge_forge.lists.known import Known, Lists
from badge_forge.lists.people import Keyed
from badge_forge.lists.types import TypesOfTickets
from badge_forge.text.text import counted

REPLACED, GONE = "replaced by version {}", "the ticket is cancelled, or no longer in the list"
"""Why a badge is withdrawn."""

FEW = 10
"""As many people may always be missing, or be renamed, in a list."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a badge to enqueue. `before` is the name in the version before, None if it is new."""

    id: str
    version: int
    args: dict[str, Any]
    ticket: str
    owner: str
    lists: Lists
    who: str
    before: str | None = None

    @property
    def renamed(self) -> bool:
        """Tell whether the name differs from the version before."""
        return self.before is not None and self.before != self.args["name"]


@dataclass(frozen=True, slots=True)
class Moved:
    """A badge whose version stays, and what the table should know about the lists of its person."""

    id: str
    version: int
    owner: str
    lists: Lists
    who: str


@dataclass
class Plan:
    """What an import of the list `name` changes. `constant` are args that all badges have.

    `new` are the people without a badge, each with the id that it gets. `gone` has the names of
    withdrawn badges by id. `kept` counts people whose rows are missing or rejected, and whose badges
    stay; `differing` those whose texts are kept as another list has them.
    """

    name: str
    constant: dict[str, str]
    new: list[tuple[str, Keyed]] = field(default_factory=list)
    changed: list[Version] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    kept: int = 0
    differing: int = 0

    @property
    def renamed(self) -> list[Version]:
        """Return the versions with another name than before."""
        return [version for version in self.changed if version.renamed]

    def __len__(self) -> int:
        return len(self.new) + len(self.changed)

    def versions(self) -> Iterator[Version]:
        """Yield all versions to enqueue, the new ones in the order of the list."""
        for badge, keyed in self.new:
            person = keyed.person
            args = person.args | self.constant | {"id": badge, "type": person.type}
            lists = {self.name: {"type": person.type, "key": keyed.key}}
            yield Version(badge, 1, args, person.ticket_name, self.name, lists, keyed.who)
        yield from self.changed


class Planner:
    """Plans the import of the list `name` into `event`, whose badges all have the args `constant`."""

    def __init__(
        self,
        event: str,
        name: str,
        known: Mapping[str, Known],
        types: TypesOfTickets,
        constant: dict[str, str],
    ) -> None:
        self._name = name
        self._constant = constant
        self._known = known
        self._types = types
        self._by_key: dict[str, str] = {}
        self._by_who: dict[str, str] = {}
        for badge, entry in known.items():
            # A walk-up is found by who it is: a ticket of its person can go to another one.
            if not entry.is_walk_up and (member := entry.lists.get(name)):
                self._by_key[member.get("key", "")] = badge
            if entry.withdrawn is None and (who := entry.who_of(event)):
                self._by_who.setdefault(who, badge)

    def plan(
        self,
        people: Iterable[Keyed],
        protected: Collection[str] = (),
        *,
        partial: bool = False,
        replace: bool = False,
    ) -> Plan:
        """Return what to do for `people`.

        People of this list who are missing are withdrawn, but not those whose id is `protected`, and
        none if the list is `partial`. Raises `ListError` if most of the list would be withdrawn or
        renamed, unless `replace` says that it should.
        """
        plan = Plan(self._name, self._constant)
        claimed = set()
        for keyed, badge in self._identified(list(people)):
            claimed.add(badge)
            self._add(plan, badge, keyed)
        for badge, entry in self._known.items():
            if badge in claimed or self._name not in entry.lists:
                continue
            if partial or badge in protected:
                plan.kept += entry.withdrawn is None
            else:
                self._remove(plan, badge, entry)
        if not replace:
            self._require_same_list(plan)
        return plan

    def _identified(self, people: list[Keyed]) -> Iterator[tuple[Keyed, str]]:
        """Yield each person with the id of its badge: by its key, or by who it is."""
        ids = [
            self._by_key.get(keyed.key) or (keyed.key if keyed.key in self._known else "")
            for keyed in people
        ]
        claimed = {badge for badge in ids if badge}
        for keyed, badge in zip(people, ids, strict=True):
            same = badge or self._by_who.get(keyed.who, "")
            if not badge and same in claimed:
                same = ""
            yield keyed, same or keyed.key
            claimed.add(same or keyed.key)

    def _add(self, plan: Plan, badge: str, keyed: Keyed) -> None:
        person, entry = keyed.person, self._known.get(badge)
        if entry is None:
            plan.new.append((badge, keyed))
            return
        lists = entry.lists | {self._name: {"type": person.type, "key": keyed.key}}
        owner = "" if entry.is_walk_up else self._owner(entry, lists)
        args = entry.args
        if owner == self._name:
            kept = args if len(lists) > 1 else {}
            given = {key: text for key, text in person.args.items() if text or key not in kept}
            args = kept | given | self._constant | {"id": badge}
        elif any(text and args.get(key) != text for key, text in person.args.items()):
            plan.differing += 1
        args["type"] = self._highest(lists, args if entry.is_walk_up else {})
        self._change(plan, badge, entry, args, owner, lists, keyed.who, person.ticket_name)

    def _remove(self, plan: Plan, badge: str, entry: Known) -> None:
        lists = {name: member for name, member in entry.lists.items() if name != self._name}
        if entry.withdrawn is not None:
            return
        if entry.is_walk_up:
            plan.moved.append(Moved(badge, entry.version, "", lists, entry.who))
            return
        if not lists:
            plan.gone[badge] = str(entry.args.get("name", ""))
            return
        owner = entry.owner if entry.owner in lists else self._owner(entry, lists)
        args = entry.args | {"type": self._highest(lists, {})}
        self._change(plan, badge, entry, args, owner, lists, entry.who, "")

    def _change(
        self,
        plan: Plan,
        badge: str,
        entry: Known,
        args: dict[str, Any],
        owner: str,
        lists: Lists,
        who: str,
        ticket: str,
    ) -> None:
        before = entry.args
        if args == before and entry.withdrawn is None:
            plan.unchanged += 1
            if (lists, owner, who) != (entry.lists, entry.owner, entry.who):
                plan.moved.append(Moved(badge, entry.version, owner, lists, who))
            return
        name = str(before.get("name", ""))
        version = Version(badge, entry.version + 1, args, ticket, owner, lists, who, before=name)
        plan.changed.append(version)

    def _owner(self, entry: Known, lists: Mapping[str, Mapping[str, str]]) -> str:
        """Return the list whose texts count: the one with the highest type, or the one before."""
        ranks = {name: self._types.rank(member.get("type", "")) for name, member in lists.items()}
        highest = max(ranks.values())
        if ranks.get(entry.owner) == highest:
            return entry.owner
        return next(name for name, rank in ranks.items() if rank == highest)

    def _highest(self, lists: Lists, args: Mapping[str, Any]) -> str:
        """Return the highest type of a person, in `lists` and in `args`."""
        types = [member.get("type", "") for member in lists.values()]
        if isinstance(args.get("type"), str):
            types.append(args["type"])
        return max(types, key=self._types.rank)

    def _require_same_list(self, plan: Plan) -> None:
        size = sum(
            self._name in entry.lists and entry.withdrawn is None for entry in self._known.values()
        )
        for count, what, advice in (
            (len(plan.gone), "missing from", "use --partial to keep their badges"),
            (len(plan.renamed), "renamed in", "check that the ids of tickets are the same as before"),
        ):
            if count > max(FEW, size / 2):
                raise ListError(
                    f"{counted(count, 'person', 'people')} of {size} in the list {self._name!r} are "
                    f"{what} this file: give another list its name with --list NAME, {advice}, or use "
                    "--replace if the file is right"
                )
