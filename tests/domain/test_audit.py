"""Where a chain is broken: the first entry that is not what was written (R8.2)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.audit import AuditEntry, Break, ChainEnd, ChainReader, Flaw, link

AT = datetime(2021, 1, 4, 9, tzinfo=UTC)
MEMBER = UUID("0a000000-0000-4000-8000-000000000001")


def chain(length: int, first: int = 1) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(first, first + length):
        previous = entries[-1].hash if entries else None
        entry = AuditEntry(
            "organization", number, AT + timedelta(hours=number), "system:job", "request", "seats.changed",
            {"seats": number - 1}, {"seats": number, "name": "Ж"}, previous, b"",
        )  # fmt: skip
        entries.append(replace(entry, hash=link(previous, entry)))
    return entries


def broken(entries: list[AuditEntry], end: ChainEnd, *, starts_anew: bool = False) -> Break | None:
    reader = ChainReader(starts_anew)
    for entry in entries:
        reader.read(entry)
    return reader.end(end)


def end_of(entries: list[AuditEntry]) -> ChainEnd:
    return ChainEnd(entries[-1].sequence, entries[-1].hash)


def test_a_chain_as_it_was_written_is_whole() -> None:
    entries = chain(5)
    assert broken(entries, end_of(entries)) is None
    assert broken([], ChainEnd(0, None)) is None


@pytest.mark.parametrize(
    "tampered",
    [
        {"actor": "system:other"}, {"request_id": "other"}, {"action": "seats.seen"}, {"at": AT},
        {"before": {}}, {"after": {"seats": 3}}, {"organization_id": None}, {"hash": b"x"}, {"previous_hash": None},
    ],
    ids=lambda tampered: next(iter(tampered)),
)  # fmt: skip
def test_an_entry_that_was_edited_is_the_break(tampered: dict[str, object]) -> None:
    entries = chain(5)
    edited = [*entries[:2], replace(entries[2], **tampered), *entries[3:]]  # type: ignore[arg-type]
    assert broken(edited, end_of(entries)) == Break(3, Flaw.CHANGED)


def test_an_entry_whose_hash_was_made_to_fit_breaks_the_next() -> None:
    entries = chain(5)
    forged = replace(entries[2], actor="system:other")
    forged = replace(forged, hash=link(forged.previous_hash, forged))
    assert broken([*entries[:2], forged, *entries[3:]], end_of(entries)) == Break(4, Flaw.CHANGED)


def test_the_last_entry_made_to_fit_is_not_the_one_the_lock_knows() -> None:
    entries = chain(5)
    forged = replace(entries[4], actor="system:other")
    forged = replace(forged, hash=link(forged.previous_hash, forged))
    assert broken([*entries[:4], forged], end_of(entries)) == Break(5, Flaw.CHANGED)


def test_entries_that_were_deleted_are_missing() -> None:
    entries = chain(5)
    end = end_of(entries)
    assert broken(entries[1:], end) == Break(1, Flaw.MISSING)
    assert broken(entries[:2] + entries[3:], end) == Break(3, Flaw.MISSING)
    assert broken(entries[:4], end) == Break(5, Flaw.MISSING)
    assert broken([], end) == Break(1, Flaw.MISSING)


def test_entries_that_were_swapped_are_changed() -> None:
    one, two, three = chain(3)
    swapped = [one, replace(three, sequence=2), replace(two, sequence=3)]
    assert broken(swapped, end_of([one, two, three])) == Break(2, Flaw.CHANGED)


def test_an_entry_that_was_added_is_unknown() -> None:
    entries = chain(5)
    assert broken(entries, ChainEnd(4, entries[3].hash)) == Break(5, Flaw.UNKNOWN)
    assert broken([*entries[:3], entries[2], *entries[3:]], end_of(entries)) == Break(3, Flaw.UNKNOWN)


def test_after_a_purge_the_chain_starts_anew_and_the_numbers_go_on() -> None:
    entries = chain(3, first=40)
    assert broken(entries, end_of(entries), starts_anew=True) is None
    assert broken(entries, end_of(entries)) == Break(1, Flaw.MISSING)
    assert broken([], ChainEnd(39, None), starts_anew=True) is None
    assert broken(entries[1:], end_of(entries), starts_anew=True) == Break(41, Flaw.CHANGED)


def test_an_entry_names_the_member_who_acted_or_whom_a_key_acted_as() -> None:
    (entry,) = chain(1)
    assert replace(entry, actor=f"member:{MEMBER}").member_id == MEMBER
    assert replace(entry, actor=f"member:{MEMBER}/api_key:{UUID(int=1)}").member_id == MEMBER
    assert entry.member_id is None
    assert replace(entry, actor=f"partner:{MEMBER}").member_id is None
