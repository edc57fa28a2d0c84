"""The settings of the Kafka client, each with its reason. Names are the client's own; the client itself is in `oms.runtime.kafka` alone.

What makes appends safe (`FIXED`) cannot be changed from outside.
"""

from collections.abc import Mapping

Setting = str | int | float | bool

DELIVERY_TIMEOUT_MS = (
    15_000  # after it an append is reported as unknown; longer than an election, shorter than a desk's patience
)
ANSWER_MS = 5_000
"""A broker that hangs keeps its connections, and what was asked of it would wait for a minute: after this it is asked of whoever leads by then
(an election takes 3 to 4 s). Nothing is written twice: an idempotent producer's record that the log has already has an unknown outcome."""

APPENDER_QUEUE_MAX = 20_000  # records queued or in flight per appender: two seconds at the highest rate measured
APPENDER_QUEUE_KB_MAX = 64 * 1024
READER_QUEUE_KB_MAX = 32 * 1024  # read ahead per reader, so that a reader far behind cannot eat the machine
RECORD_BYTES_MAX = 1_000_000  # the broker's default limit, less what a batch adds

CONNECTION: Mapping[str, Setting] = {
    "client.id": "oms",
    "allow.auto.create.topics": False,
    "socket.timeout.ms": ANSWER_MS,
    "reconnect.backoff.ms": 50,  # a restarted broker is found again within a second, not within ten
    "reconnect.backoff.max.ms": 1_000,
}
APPENDING: Mapping[str, Setting] = {
    "linger.ms": 0,
    "message.timeout.ms": DELIVERY_TIMEOUT_MS,
    "message.max.bytes": RECORD_BYTES_MAX,
    "queue.buffering.max.messages": APPENDER_QUEUE_MAX,
    "queue.buffering.max.kbytes": APPENDER_QUEUE_KB_MAX,
}
READING: Mapping[str, Setting] = {
    "group.id": "oms-no-group",  # the client demands one; it is never joined
    # data answers a fetch at once; this only paces fetches that find nothing (10 ms: three times the idle load, no gain)
    # and bounds how long a new assignment, or a partition whose queue was full, waits for the fetch under way
    "fetch.wait.max.ms": 100,
    "fetch.queue.backoff.ms": 5,  # the default (1 s) stalls a reader that caught up
    "check.crcs": False,  # the broker checked them
    "queued.max.messages.kbytes": READER_QUEUE_KB_MAX,
}
PATIENT = {"fetch.min.bytes": READER_QUEUE_KB_MAX * 256}  # answered after the wait above, or by a quarter of the queue
FIXED_APPENDING: Mapping[str, Setting] = {
    "acks": "all",
    "enable.idempotence": True,
    "partitioner": "murmur2_random",  # Java's; the client's own default differs from it
}
WITHOUT_IDEMPOTENCE: Mapping[str, Setting] = {"enable.idempotence": False, "retries": 0}
"""For a broker whose idempotence is too slow: nothing is sent twice either, so what has no answer is `Failed`, which is unknown."""

FIXED_READING: Mapping[str, Setting] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "enable.partition.eof": False,
    "isolation.level": "read_uncommitted",  # no transactions here; "committed" would hide records behind a stranger's open one
}
FIXED = {*FIXED_APPENDING, *FIXED_READING, "bootstrap.servers", "transactional.id", "enable.gapless.guarantee"}

TOPIC_DEFAULTS: Mapping[str, str] = {
    "message.timestamp.type": "LogAppendTime",
    "retention.ms": "-1",  # no audited topic has time retention: audit trims what is proven elsewhere
    "unclean.leader.election.enable": "false",
}

READERS_ONLY = ("check.crcs", "fetch.", "group.", "max.poll.", "queued.")
APPENDERS_ONLY = (
    "batch.",
    "compression.",
    "delivery.",
    "linger.",
    "message.timeout",
    "queue.buffering.",
    "retries",
    "sticky.",
)
"""Beginnings of settings from outside that mean nothing to the other clients: those would complain about them."""
