"""The groups of the acceptance plan in order: the function of each, and the cases that it reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from conformance.acceptance.cases import (
    contactless,
    damaged_copies,
    data_objects,
    encryption,
    management,
    signature,
    verification,
)
from conformance.acceptance.plan import numbers
from conformance.acceptance.run import Run


@dataclass(frozen=True)
class Group:
    """Cases that one function runs together; skipped on a card that has none of them."""

    ranges: str
    calls: Callable[[Run], None]

    @cached_property
    def cases(self) -> tuple[str, ...]:
        return tuple(numbers(self.ranges))

    def has_a_case_of(self, cases: Iterable[str]) -> bool:
        return not set(cases).isdisjoint(self.cases)


GROUPS = (
    Group("1-2 4-13", management.general),
    Group("100-120 123-127", management.slots),
    Group("121", management.blocking_wait),
    Group("128-130", damaged_copies.damaged_copies),
    Group("200-222", management.sessions),
    Group("300-318", management.objects),
    Group("401-409", encryption.encryption),
    Group("500-517", encryption.decryption),
    Group("600-613 615-644", signature.signature),
    Group("700-737", verification.verification),
    Group("800-819", verification.digests),
    Group("900-908 908.2 909-914 914.2 915-919 919.2 920-924", data_objects.data_objects),
    Group("904.2 910.2 915.2", data_objects.data_objects_without_cps_data),
    Group("1000-1008", signature.sha256),
    Group("1300-1311", signature.pss_signatures),
    Group("1200-1201", signature.mute_card),
    Group("1100-1125", contactless.technical_key),
)


def group_of(case: str, groups: Iterable[Group] = GROUPS) -> Group | None:
    return next((group for group in groups if case in group.cases), None)
