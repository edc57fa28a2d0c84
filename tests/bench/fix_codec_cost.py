"""What a message costs the FIX codec, beside `simplefix` on the same messages.

    python tests/bench/fix_codec_cost.py [--quick]            a table

A NewOrderSingle and an ExecutionReport (Trade), as in `fix_exchange`. `fix_encode_…`: fields to a frame. `fix_decode_…`: bytes through the framer
and the parser to a message whose fields can be asked for. `…_dictionary`: the same with a dictionary for its raw data fields; `…_validated`: and
with the message held against it. CPU µs a message, the codecs in turn, medians. simplefix has no dictionary, and looks neither at BodyLength
nor at CheckSum: its plain figure stands beside all of ours.
"""

import argparse
import time
from collections.abc import Callable

import simplefix
from bench_figures import Figure, median, show_figures
from fix_exchange import ACCEPTOR, BEGIN_STRING, CL_ORD_ID, INITIATOR, Fields, Order, order_fields, report_fields
from rich.console import Console

from oms.fix.codec import encode, parse
from oms.fix.dictionary import Dictionary, load
from oms.fix.framing import Framer
from oms.fix.message import Message
from oms.fix.validation import rejection

SAMPLES, SAMPLES_QUICK = 41, 9
MESSAGES = 200

HEADER: Fields = ((34, b"177"), (49, ACCEPTOR.encode()), (52, b"20250106-14:30:00.123"), (56, INITIATOR.encode()))
ORDER = (*HEADER, *order_fields(b"c-177"))
REPORT = (*HEADER, *report_fields(Order(b"c-177", b"AAPL", b"1", b"100", b"187.25"), 177, traded=True))
KINDS: dict[str, tuple[str, Fields]] = {"order": ("D", ORDER), "report": ("8", REPORT)}

DICTIONARY = load(BEGIN_STRING)


def simplefix_encode(msg_type: str, fields: Fields) -> bytes:
    message = simplefix.FixMessage()
    message.append_pair(8, BEGIN_STRING)
    message.append_pair(35, msg_type)
    for tag, value in fields:
        message.append_pair(tag, value)
    frame: bytes = message.encode()
    return frame


def simplefix_decode(frame: bytes) -> bytes:
    parser = simplefix.FixParser()
    parser.append_buffer(frame)
    value: bytes = parser.get_message().get(CL_ORD_ID)
    return value


def read(frame: bytes, dictionary: Dictionary | None = None) -> Message:
    (piece,) = Framer().feed(frame)
    assert isinstance(piece, bytes)
    return parse(piece, dictionary)


def decode(frame: bytes) -> bytes | None:
    return read(frame).get(CL_ORD_ID)


def decode_dictionary(frame: bytes) -> bytes | None:
    return read(frame, DICTIONARY).get(CL_ORD_ID)


def decode_validated(frame: bytes) -> bytes | None:
    message = read(frame, DICTIONARY)
    assert rejection(message, DICTIONARY) is None
    return message.get(CL_ORD_ID)


def cpu_us(go: Callable[[], object], messages: int) -> float:
    started = time.thread_time_ns()
    for _ in range(messages):
        go()
    return (time.thread_time_ns() - started) / 1_000 / messages


def in_turn(goes: dict[str, Callable[[], object]], samples: int, messages: int) -> dict[str, float]:
    took: dict[str, list[float]] = {name: [] for name in goes}
    for _ in range(samples):
        for name, go in goes.items():
            took[name].append(cpu_us(go, messages))
    return {name: median(figures) for name, figures in took.items()}


def of_kind(kind: str, samples: int, messages: int) -> list[Figure]:
    msg_type, fields = KINDS[kind]
    frame = encode(BEGIN_STRING, msg_type, fields)
    assert frame == simplefix_encode(msg_type, fields), "both write the same bytes"
    ours: dict[str, Callable[[], object]] = {
        f"fix_encode_{kind}": lambda: encode(BEGIN_STRING, msg_type, fields),
        f"fix_encode_{kind}_dictionary": lambda: encode(BEGIN_STRING, msg_type, fields, DICTIONARY),
        f"fix_decode_{kind}": lambda: decode(frame),
        f"fix_decode_{kind}_dictionary": lambda: decode_dictionary(frame),
        f"fix_decode_{kind}_validated": lambda: decode_validated(frame),
    }
    theirs: dict[str, Callable[[], object]] = {
        "encode": lambda: simplefix_encode(msg_type, fields),
        "decode": lambda: simplefix_decode(frame),
    }
    took = in_turn({**ours, **theirs}, samples, messages)
    return [Figure.of(name, took[name], "us CPU/message", took[name.split("_")[1]]) for name in ours]


def fix_codec_cost(samples: int = SAMPLES, messages: int = MESSAGES) -> list[Figure]:
    return [figure for kind in KINDS for figure in of_kind(kind, samples, messages)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    show_figures(fix_codec_cost(SAMPLES_QUICK if parser.parse_args().quick else SAMPLES), Console(width=100))
