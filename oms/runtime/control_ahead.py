"""Control before everything that came first: the newest records of `oms.control`, for a loop that has a backlog of other inputs before it.

A client of the log hands out what it fetched in the order of the fetching, so that a halt would wait behind every command that was there already.
One thread of the process reads control alone; each partition's loop looks here between two records, and takes from here what it has not read. Its
own reader brings it again, and it is passed over as read. What is kept here is only for those who are nearly up to date: who is further behind
reads control as always.
"""

from oms.runtime.log import Record

KEPT = 256


class ControlAhead:
    """Filled by one thread, read by others: what they get is a whole value, never a part of one."""

    def __init__(self) -> None:
        self._records: tuple[Record, ...] = ()

    def put(self, record: Record) -> None:
        """Usually the record behind the one put before; where some are missing, what was before is nobody's any more."""
        records = self._records
        if records and records[-1].offset + 1 != record.offset:
            records = ()
        self._records = (*records[1 - KEPT :], record)

    def since(self, offset: int) -> tuple[Record, ...]:
        """The records from `offset` on; none where it is not kept any more, or is not there yet."""
        records = self._records
        if not records or records[-1].offset < offset or records[0].offset > offset:
            return ()
        return records[offset - records[0].offset :]
