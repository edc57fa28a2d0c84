"""Message recovery, both ways: answering a ResendRequest, and asking for what is missing.

Answered is from what is kept: messages that may be resent go out again with PossDupFlag, and everything between them (session messages,
what its owner would not have resent, what was kept no longer) becomes a gap fill. Asked is once for a gap: then what comes is awaited,
as long as something comes in `resend_timeout_ns`.
"""

from oms.fix.message import Message
from oms.fix.session.draft import Draft
from oms.fix.session.events import GapClosed, GapFound, MessageSent, ResendAnswered
from oms.fix.session.frames import build_again, gap_fill, message_of, number
from oms.fix.session.table import RESEND_REQUEST, SEQUENCE_RESET

BEGIN_SEQ_NO, END_SEQ_NO = 7, 16

PART_BYTES_MAX = 100_000
"""Of an answer's messages in one decision: an owner journals a decision in one record, which has at most a megabyte, and goes on with the
next. One message more may be in it."""


def wanted(message: Message, next_out: int) -> tuple[int, int] | None:
    """First and last number that a ResendRequest asks for, as far as they were used; None where there is no such number.

    EndSeqNo 0 is infinity, and so is whatever is beyond the last number (999999 in old versions).
    """
    begin, end = number(message, BEGIN_SEQ_NO), number(message, END_SEQ_NO)
    if begin is None or end is None or not 0 < begin < next_out or (end and end < begin):
        return None
    return begin, next_out - 1 if not end or end >= next_out else end


def answer(draft: Draft, begin: int, end: int) -> None:
    """Send `begin` to `end` again, and what is left of the last answer; in parts. It costs what is kept, not how far back somebody asks."""
    state = draft.state
    if state.resend_end:
        begin, end = min(begin, state.resend_next), max(end, state.resend_end)
    kept = _part([(seq_num, raw) for seq_num, raw in state.sent.items() if begin <= seq_num <= end])
    rest_end = 0
    if kept and any(seq_num > kept[-1][0] for seq_num in reversed(state.sent) if seq_num <= end):
        rest_end, end = end, kept[-1][0]
    following = begin
    for seq_num, raw in kept:
        if following < seq_num:
            _fill(draft, following, seq_num)
        message = message_of(draft.config, raw)
        again = build_again(draft.config, message, draft.now_ns)
        draft.add(MessageSent(seq_num, message.msg_type, again, draft.now_ns, resent=True))
        following = seq_num + 1
    if following <= end:
        _fill(draft, following, end + 1)
    draft.add(ResendAnswered(begin, end, len(kept), end + 1 - begin - len(kept), rest_end))


def _part(kept: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The first of them that one decision sends: at least one, each with the gap fill that may stand before it."""
    size = 0
    for count, (_, raw) in enumerate(kept, 1):
        size += 2 * len(raw)
        if size > PART_BYTES_MAX:
            return kept[:count]
    return kept


def _fill(draft: Draft, begin: int, new_seq_num: int) -> None:
    raw = gap_fill(draft.config, begin, new_seq_num, draft.now_ns)
    draft.add(MessageSent(begin, SEQUENCE_RESET, raw, draft.now_ns, resent=True))


def ask(draft: Draft, tries: int = 1) -> None:
    """ResendRequest for what is missing from the next number on: to infinity, or the next chunk of it."""
    state, chunk = draft.state, draft.config.resend_chunk
    begin, end = state.next_in, state.highest_in
    if chunk:
        before_queued = min((n for n in state.queue if n > begin), default=end + 1) - 1
        end = max(begin, min(end, begin + chunk - 1, before_queued))
    draft.send(RESEND_REQUEST, ((BEGIN_SEQ_NO, b"%d" % begin), (END_SEQ_NO, b"%d" % (end if chunk else 0))))
    draft.add(GapFound(begin, end, tries, draft.now_ns))


def close_gap(draft: Draft) -> None:
    """After a number was used: whether the gap is filled, and whether there is another behind it."""
    state = draft.state
    if state.gap_end and state.next_in > state.gap_end:
        if state.next_in <= state.highest_in:
            ask(draft)
        else:
            draft.add(GapClosed(draft.now_ns))
