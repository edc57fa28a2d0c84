"""Commands of clients' FIX sessions into `oms.orders`: in order, each until the broker has it.

The journal has a command before it comes here, and a new owner brings it again: what of it was in the log already risk passes over. Used by
the thread of one partition's loop.
"""

from oms.core.commands import Command
from oms.runtime.log import Log, TopicPartition
from oms.runtime.sure_appender import SureAppender
from oms.wire import topics
from oms.wire.codec import encode_intake


class CommandAppender(SureAppender):
    """One partition of `oms.orders`. `forget`: the ownership is over, who comes next appends what is due."""

    def __init__(self, log: Log, partition: int) -> None:
        super().__init__(log, TopicPartition(topics.ORDERS, partition))

    def append(self, command: Command) -> None:
        self.append_record(command.desk_id.encode(), encode_intake(topics.ORDERS, command))
