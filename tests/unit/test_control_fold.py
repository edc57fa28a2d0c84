"""Halts in force as a fold of control records: what a second halt, a resume and an old record mean."""

import itertools

import pytest
from risk_world import NOW, WHO

from oms.core.control import Control, Halt, Resume, fold_control, tighter
from oms.core.enums import HaltAction, HaltScope
from oms.v1 import control_pb2
from oms.wire import topics
from oms.wire.codec import decode_intake, encode_intake

ALPHA = (HaltScope.DESK, "alpha")
BLOCK, REDUCE = HaltAction.BLOCK_NEW, HaltAction.REDUCE_ONLY


def halt(action: HaltAction, reason: str = "test") -> Halt:
    return Halt(*ALPHA, False, reason, NOW, WHO, action)


def folded(*records: Halt | Resume) -> Control:
    control = Control()
    for offset, record in enumerate(records):
        fold_control(control, offset, record)
    return control


@pytest.mark.parametrize("actions", list(itertools.product((BLOCK, REDUCE), repeat=3)))
def test_inv_480_halts_of_one_scope_only_tighten(actions: tuple[HaltAction, ...]) -> None:
    control = folded(*(halt(action, f"reason {n}") for n, action in enumerate(actions)))
    assert control.halts == {ALPHA: 2}, "the newest is in force"
    assert control.why == {2: "reason 2"}
    assert control.action(*ALPHA) is (REDUCE if set(actions) == {REDUCE} else BLOCK)
    assert tighter(actions[0], actions[1]) is (REDUCE if {*actions[:2]} == {REDUCE} else BLOCK)


@pytest.mark.parametrize("action", HaltAction)
def test_inv_480_only_a_resume_loosens(action: HaltAction) -> None:
    lifted = folded(halt(action), Resume(*ALPHA, "over", NOW, WHO))
    assert not lifted.halts and not lifted.reduce_only and not lifted.why
    again = folded(halt(BLOCK), Resume(*ALPHA, "over", NOW, WHO), halt(REDUCE))
    assert again.action(*ALPHA) is REDUCE


@pytest.mark.parametrize("action", HaltAction)
def test_a_halt_is_read_as_it_was_written(action: HaltAction) -> None:
    record = halt(action)
    assert decode_intake(topics.CONTROL, encode_intake(topics.CONTROL, record)) == record


def test_a_record_of_before_actions_blocks_what_is_new() -> None:
    message = control_pb2.ControlRecord()
    message.ParseFromString(encode_intake(topics.CONTROL, halt(REDUCE)))
    message.halt.ClearField("action")
    assert decode_intake(topics.CONTROL, message.SerializeToString()) == halt(BLOCK)
