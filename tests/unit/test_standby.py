"""A standby is warm, patient and harmless; two processes of one replica, or of two, end with one owner."""

from typing import Any

import pytest
from test_loop import DATE, NOW, SECOND_NS, WHO, WORLD, accepted, claims, events, order, records, rejections

from oms.core.commands import CancelOrder
from oms.core.control import CancelScope
from oms.core.enums import HaltScope
from oms.core.execution_events import ChildUnsent, Intent, SessionMessagePlanned
from oms.core.reasons import Reason
from oms.runtime.log import LogUnavailable, TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings, Phase
from oms.runtime.presence import Silence, patience_ns
from oms.testing.pipeline import INPUTS, RULES, Pipeline
from oms.testing.sim_log import Fate, SimLog
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_intake, decode_journal, encode_claim
from oms.wire.envelope import Claim, DeadLetter, Envelope, Heartbeat

MS = 1_000_000
HEARTBEAT_NS, SILENCE_NS = 150 * MS, 600 * MS
JOURNAL = TopicPartition(topics.RISK, 0)


@pytest.fixture
def path() -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 5_000), (100_000, 5_000))
    p.loops[topics.RISK] = risk(p, "one/1", standby=True)
    p.run()
    return p


def risk(
    p: Pipeline, process_id: str, standby: bool = True, log: Any = None, kind: Any = StageLoop
) -> StageLoop[Any, Any]:
    settings = LoopSettings(
        JOURNAL,
        tuple(TopicPartition(t, 0) for t in INPUTS[topics.RISK]),
        process_id,
        10**18,
        10**18,
        standby,
        HEARTBEAT_NS,
        SILENCE_NS,
    )
    made: StageLoop[Any, Any] = kind(log or p.log, RULES[topics.RISK](), settings, p.clock, p.view, lambda: 0)
    return made


def turns(p: Pipeline, ms: int, *loops: StageLoop[Any, Any]) -> None:
    """So many milliseconds of 20 each, in which these loops take their turns."""
    for _ in range(ms // 20):
        for loop in loops:
            loop.turn(0.0)
        p.pass_time(20 * MS)


def test_a_standby_follows_and_owns_nothing_while_the_owner_lives(path: Pipeline) -> None:
    owner, standby = path.loops[topics.RISK], risk(path, "two/1")
    for n in range(20):
        path.command(order(f"a{n}"))
        turns(path, 200, owner, standby)
    assert (owner.phase, standby.phase) == (Phase.RUNNING, Phase.FOLLOWING)
    assert len(accepted(path)) == 20
    assert claims(path, topics.RISK) == ["one/1"]


def test_a_standby_takes_over_within_a_second_and_decides_on(path: Pipeline) -> None:
    owner, standby = path.loops[topics.RISK], risk(path, "two/1")
    path.command(order("a1"))
    turns(path, 2_000, owner, standby)
    path.command(order("a2"))
    before = path.clock.wall_ns
    while len(accepted(path)) < 2:
        turns(path, 20, standby)
    assert path.clock.wall_ns - before < SECOND_NS
    assert standby.phase is Phase.RUNNING


def test_an_owner_that_wakes_after_a_takeover_follows(path: Pipeline) -> None:
    owner, standby = path.loops[topics.RISK], risk(path, "two/1")
    turns(path, 400, owner, standby)
    turns(path, 1_500, standby)
    path.command(order("a1"))
    turns(path, 2_000, owner, standby)
    assert (owner.phase, standby.phase) == (Phase.FOLLOWING, Phase.RUNNING)
    assert accepted(path) == ["a1"]
    assert claims(path, topics.RISK) == ["one/1", "two/1"]


class DeafLog:
    """The log; while `deaf`, its readers hand out nothing of control."""

    def __init__(self, log: SimLog) -> None:
        self._log, self.deaf = log, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def reader(self, *asked: Any, **more: Any) -> Any:
        return DeafReader(self, self._log.reader(*asked, **more))


class DeafReader:
    def __init__(self, log: DeafLog, reader: Any) -> None:
        self._log, self._reader = log, reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def poll(self, timeout_s: float, max_records: int = 500) -> Any:
        found = self._reader.poll(timeout_s, max_records)
        return [r for r in found if not (self._log.deaf and r.topic == topics.CONTROL)]


def test_who_owns_again_does_not_judge_control_by_what_it_knew_the_first_time(path: Pipeline) -> None:
    """Before it has read a control record itself, it knows of none: that is silence."""
    log = DeafLog(path.log)
    first, second = risk(path, "one/2", standby=False, log=log), risk(path, "two/1")
    turns(path, 400, first, second)
    assert first.phase is Phase.RUNNING
    turns(path, 1_500, second)
    path.command(order("a0"))  # so that the journal says how far control was read
    turns(path, 400, first, second)
    log.deaf = True
    while first.phase is not Phase.RUNNING:
        turns(path, 20, first)
    path.command(order("a1"))
    turns(path, 60, first)
    assert rejections(path) == ["CONTROL_SILENT"]


def test_an_owner_that_leaves_in_order_is_not_waited_for(path: Pipeline) -> None:
    owner, standby = path.loops[topics.RISK], risk(path, "two/1")
    turns(path, 400, owner, standby)
    owner.close()
    turns(path, 60, standby)
    assert standby.phase is Phase.RUNNING


def test_without_standbys_a_start_takes_over_at_once_and_with_them_it_follows(path: Pipeline) -> None:
    """Its own former self too: the standby that waits must not be claimed back."""
    again = risk(path, "one/2", standby=False)
    turns(path, 20, again)
    assert again.phase is Phase.RUNNING
    for name in ("one/3", "two/1"):
        other = risk(path, name)
        turns(path, 20, other)
        assert other.phase is Phase.FOLLOWING


def test_of_two_standbys_one_takes_over(path: Pipeline) -> None:
    two, three = risk(path, "two/1"), risk(path, "three/1")
    turns(path, 4_000, two, three)
    assert {two.phase, three.phase} == {Phase.RUNNING, Phase.FOLLOWING}
    assert len(claims(path, topics.RISK)) <= 3
    assert len(claims(path, topics.RISK)) == 2, "their patience differs, so the second heard of the first one's claim"


def test_a_claimant_in_recovery_is_not_claimed_back(path: Pipeline) -> None:
    """It says heartbeats with its claim's epoch before it has written anything."""
    path.log.appender(JOURNAL).append(None, encode_claim(Claim("slow/1", 1)))
    epoch = path.log.ends([JOURNAL])[JOURNAL] - 1
    slow = risk(path, "slow/1")
    slow._takeover.claimed = epoch
    standby = risk(path, "two/1")
    for _ in range(100):
        slow._takeover._beat()
        turns(path, 20, standby)
    assert standby.phase is Phase.FOLLOWING
    turns(path, 1_000, standby)
    assert standby.phase is Phase.RUNNING


class AwayLog:
    """The log, whose broker does not answer questions while `away`: readers find nothing new."""

    def __init__(self, log: SimLog) -> None:
        self._log, self.away = log, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def ends(self, partitions: Any) -> Any:
        if self.away:
            raise LogUnavailable("no broker answered in time")
        return self._log.ends(partitions)


def test_a_broker_that_was_away_makes_no_standby_claim(path: Pipeline) -> None:
    """Nothing could be heard for three seconds; then the owner needs two more to come back."""
    log = AwayLog(path.log)
    owner, standby = path.loops[topics.RISK], risk(path, "two/1", log=log)
    turns(path, 1_000, owner, standby)
    log.away = True
    turns(path, 3_000, standby)
    log.away = False
    turns(path, 2_000, standby)
    turns(path, 1_000, owner, standby)
    assert (owner.phase, standby.phase) == (Phase.RUNNING, Phase.FOLLOWING)
    assert claims(path, topics.RISK) == ["one/1"]


def test_a_standby_that_was_paused_does_not_claim_when_it_wakes(path: Pipeline) -> None:
    owner, standby = path.loops[topics.RISK], risk(path, "two/1")
    turns(path, 1_000, owner, standby)
    path.pass_time(30 * SECOND_NS)
    turns(path, 240, standby)
    turns(path, 1_000, owner, standby)
    assert standby.phase is Phase.FOLLOWING


def test_a_standby_takes_over_though_the_heartbeats_of_others_never_end(path: Pipeline) -> None:
    """Before each look at the ends somebody else has beaten again."""

    class BusyLog(AwayLog):
        def ends(self, partitions: Any) -> Any:
            beat = Heartbeat(topics.ROUTING, 3, "other", "running", 5, 0, path.clock.wall_ns)
            path.put(topics.HEARTBEATS, beat)
            return super().ends(partitions)

    owner, standby = path.loops[topics.RISK], risk(path, "two/1", log=BusyLog(path.log))
    turns(path, 1_000, owner, standby)
    turns(path, 1_500, standby)
    assert standby.phase is Phase.RUNNING


def test_that_an_owner_left_counts_though_its_claim_is_folded_in_the_same_turn(path: Pipeline) -> None:
    standby = risk(path, "two/1")
    turns(path, 400, path.loops[topics.RISK], standby)
    third = risk(path, "three/1", standby=False)
    turns(path, 20, third)
    third.close()
    turns(path, 60, standby)
    assert standby.phase is Phase.RUNNING


class Breaking(StageLoop[Any, Any]):
    """An owner that breaks on whatever it reads, once `breaks` is set."""

    breaks = False

    def _turn_owner(self, wait_s: float) -> bool:
        assert not self.breaks, "a fill of an order that the new owner accepted"
        return super()._turn_owner(wait_s)


def test_what_breaks_for_an_owner_that_was_replaced_ends_its_run_alone(path: Pipeline) -> None:
    older = risk(path, "one/2", standby=False, kind=Breaking)
    standby = risk(path, "two/1", kind=Breaking)
    turns(path, 400, older, standby)
    turns(path, 1_500, standby)
    assert (older.phase, standby.phase) == (Phase.RUNNING, Phase.RUNNING)
    older.breaks = standby.breaks = True  # type: ignore[attr-defined]
    assert older.turn(0.0)
    assert older.phase is Phase.FOLDING
    with pytest.raises(AssertionError, match="a fill of an order"):
        standby.turn(0.0)


def test_a_claim_lost_before_it_did_anything_backs_off_and_hashes_nothing_first(path: Pipeline) -> None:
    first = path.loops[topics.RISK]
    for n in range(3):
        path.log.plan(JOURNAL, Fate.LOST)
        path.command(order(f"lost{n}"))
        turns(path, 60, first)
    path.command(order("kept"))
    turns(path, 200, first)
    assert accepted(path) == ["lost0", "lost1", "lost2", "kept"]
    assert not first_records(path)[-1].state_hash
    again = risk(path, "one/2", standby=False)
    turns(path, 40, again)
    path.command(order("next"))
    turns(path, 40, again)
    assert first_records(path)[-1].state_hash


def first_records(p: Pipeline) -> list[Envelope]:
    """Of every run."""
    read = [decode_journal(r.value) for r in records(p, topics.RISK)]
    return [e for e in read if isinstance(e, Envelope) and e.run_seq == 1]


def test_patience_differs_and_grows_with_claims_lost() -> None:
    many = {patience_ns(SILENCE_NS, f"p{n}/1", 7, 0) for n in range(50)}
    assert len(many) == 50
    assert all(SILENCE_NS <= p < SILENCE_NS * 5 // 4 for p in many)
    assert max(patience_ns(SILENCE_NS, f"p{n}/1", 7, 3) for n in range(50)) > 2 * SILENCE_NS


def test_silence_does_not_count_a_clock_that_is_moved() -> None:
    silence = Silence(SILENCE_NS, SILENCE_NS)
    silence.begin(100 * SECOND_NS)
    silence.look(50 * SECOND_NS)
    assert silence.quiet_ns == 0
    silence.look(500 * SECOND_NS)
    assert silence.quiet_ns == SILENCE_NS // 2
    assert not silence.is_over


def test_a_follower_that_is_slow_still_takes_over(path: Pipeline) -> None:
    owner, standby = path.loops[topics.RISK], risk(path, "two/1")
    turns(path, 1_000, owner, standby)
    for _ in range(5):
        path.pass_time(20 * SECOND_NS)
        standby.turn(0.0)
    assert standby.phase is Phase.RUNNING


def test_a_takeover_while_an_input_has_no_leader_is_put_back_and_tried_again(path: Pipeline) -> None:
    log = AwayLog(path.log)
    standby = risk(path, "one/2", standby=False, log=log)
    log.away = True
    assert not standby.turn(0.0)
    log.away = False
    turns(path, 40, standby)
    assert standby.phase is Phase.RUNNING


# --- a NEW that has not left is withdrawn


def test_a_cancel_withdraws_a_new_that_waits_for_its_ack(path: Pipeline) -> None:
    """Its number is gap-filled at its turn, in order with what waits behind it."""
    venue, journal = path.venues["XALP-P0"], TopicPartition(topics.EXECUTION, 0)
    path.command(order("a0"))
    path.run(20, MS)
    path.log.hold_acks(journal)
    path.command(order("a1"))
    path.command(order("a2"))
    path.run(10, MS)
    path.command(CancelOrder("alpha", DATE, "c1", DATE, "a1", path.clock.wall_ns, "", WHO))
    path.run(10, MS)
    assert [c.split("/")[-1] for c in venue.new_read] == ["a0.1"]
    path.log.release_acks(journal)
    path.run(20, MS)
    assert [c.split("/")[-1] for c in venue.new_read] == ["a0.1", "a2.1"]
    assert venue.connection == 1, "no number was missed or came twice"
    told = events(path, topics.EXECUTION)
    (withdrawn,) = [e for e in told if isinstance(e, ChildUnsent)]
    assert (withdrawn.child_id.split("/")[-1], withdrawn.reason) == ("a1.1", Reason.WITHDRAWN_UNSENT)
    intent = next(e for e in told if isinstance(e, Intent) and e.child_id == withdrawn.child_id)
    assert any(isinstance(e, SessionMessagePlanned) and e.msg_seq_num == intent.msg_seq_num for e in told)
    assert venue.expected == max(e.msg_seq_num for e in told if isinstance(e, Intent)) + 1


def test_a_new_is_not_withdrawn_on_a_session_that_is_down(path: Pipeline) -> None:
    """Its bytes may still leave before the disconnect; the next logon says what arrived, and fills the rest."""
    venue, journal = path.venues["XALP-P0"], TopicPartition(topics.EXECUTION, 0)
    path.log.hold_acks(journal)
    path.command(order("a1"))
    path.run(10, MS)
    venue.lose()
    path.run(5, MS)
    path.command(CancelOrder("alpha", DATE, "c1", DATE, "a1", path.clock.wall_ns, "", WHO))
    path.run(10, MS)
    assert not [e for e in events(path, topics.EXECUTION) if isinstance(e, ChildUnsent)]
    path.log.release_acks(journal)
    path.run(300)
    (end,) = [e for e in events(path, topics.EXECUTION) if isinstance(e, ChildUnsent)]
    assert end.reason is Reason.NEVER_REACHED_VENUE
    assert not venue.new_read


# --- poison


class Spoiling:
    """Risk's rules that break on one order: in the decision, or while the state changes."""

    def __init__(self, when: str) -> None:
        self._rules, self._when = RULES[topics.RISK](), when

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rules, name)

    def decide(self, state: Any, stage_input: Any, conditions: Any, market: Any) -> Any:
        command = getattr(stage_input, "command", None)
        assert self._when != "decide" or getattr(command, "cl_ord_id", "") != "bad", "an impossible order"
        return self._rules.decide(state, stage_input, conditions, market)

    def evolve(self, state: Any, event: Any, offset: int) -> None:
        self._rules.evolve(state, event, offset)
        told = getattr(event, "order", None)
        assert self._when != "evolve" or getattr(told, "cl_ord_id", "") != "bad", "an impossible order"


@pytest.mark.parametrize("when", ["decide", "evolve"])
def test_a_command_that_breaks_the_core_goes_to_the_dead_letters_and_the_partition_goes_on(when: str) -> None:
    p = Pipeline([SimVenue("XALP-P0")], NOW, rules={topics.RISK: lambda: Spoiling(when)})
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 5_000), (100_000, 5_000))
    p.run()
    for name in ("a1", "bad", "a2"):
        p.command(order(name))
    p.run()
    assert accepted(p) == ["a1", "a2"]
    letters = [decode_intake(r.topic, r.value) for r in records(p, topics.DEAD_LETTERS)]
    assert {letter.offset for letter in letters} == {1}
    for letter in letters:
        assert isinstance(letter, DeadLetter)
        assert letter.reason.startswith("BROKEN_INVARIANT: AssertionError: an impossible order")
        assert letter.value == records(p, topics.ORDERS)[1].value
    assert p.loops[topics.RISK].phase is Phase.RUNNING


def test_execution_can_still_cancel_when_the_router_s_journal_is_broken(path: Pipeline) -> None:
    venue = path.venues["XALP-P0"]
    venue.script = Script(True)
    path.command(order("a1"))
    path.run(20, MS)
    (resting,) = venue.distinct_orders()
    assert resting.leaves
    path.log.appender(TopicPartition(topics.ROUTING, 0)).append(None, b"\xff")
    path.control(CancelScope(HaltScope.FIRM, "", "emergency", path.clock.wall_ns, WHO))
    execution = path.loops[topics.EXECUTION]
    turns(path, 400, execution)
    assert not resting.leaves
    assert execution.phase is Phase.RUNNING
    assert not execution.ready
    assert list(execution.broken_inputs) == [TopicPartition(topics.ROUTING, 0)]
