"""Gateway replicas over one log in memory, without threads or sockets: what each has read, and when it restarts, the test decides."""

from oms.runtime.gateway_feed import GatewayView, decode, read_partitions
from oms.runtime.gateway_stream import Streams
from oms.testing.sim_log import SimLog


class Replica:
    """One gateway's view and streams. It reads only in `read`; `restart` forgets everything, as `kill -9` does."""

    def __init__(self, log: SimLog, partitions: int, ring_entries: int) -> None:
        self._log, self._partitions, self._ring_entries = log, partitions, ring_entries
        self.restart()

    def restart(self) -> None:
        wanted = read_partitions(self._partitions)
        starts = self._log.starts(wanted)
        self.view = GatewayView(self._partitions, dict(starts), self._log.ends(wanted), self._ring_entries)
        self.streams = Streams(self._log, self.view)
        self._reader = self._log.reader(starts)

    def read(self, records: int) -> int:
        """Fold at most so many of the records that are there; how many there were."""
        found = self._reader.poll(0.0, records)
        self.view.apply([decode(record) for record in found])
        return len(found)

    def read_all(self) -> None:
        while self.read(500):
            pass
