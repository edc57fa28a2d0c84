"""With whom `oms fix send` talks, and as whom: the session's terms and the gateways' addresses from the running system, or from options.

A session's numbers are kept beside the stores of the system that it is of, so that they are gone when its journal is: the next command
goes on with them, and is sent what it missed. Where none are kept, the numbers begin anew (ResetSeqNumFlag 141): a command that lives for
seconds has nothing that could be sent again, and somebody who never spoke cannot know where the session stands.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from oms.cli.client import GatewayClient
from oms.cli.instance import CliError, Instance, UsageError, data_directory
from oms.core.reference import Entity, FixSession
from oms.fix.dictionary import Dictionary, load
from oms.fix.session import SessionConfig, SessionState
from oms.gateway.client_sessions.draft import dictionary_of
from oms.gateway.client_sessions.terms import APPL_VER_50SP2, FIX_50SP2, FIXT_11
from oms.runtime.fix_tls import ClientTls
from oms.runtime.private_file import write_private
from oms.wire.codec import from_message

NUMBERS = "fix-send"
"""The folder of the numbers."""
NUMBER_MAX = 10**17
"""MsgSeqNum (34) has at most 18 digits here."""
HEART_BT_INT = 30
OUR_COMP_ID = "OMS"
COMP_ID_MAX = 64
"""Characters: names of files are made of two of them."""
_COMP_ID = re.compile(rf"[!-~]{{0,{COMP_ID_MAX}}}")
VERSIONS = ("FIX.4.2", "FIX.4.4", FIX_50SP2)


@dataclass(frozen=True, slots=True)
class Party:
    """`desk_id` empty: not known here, so nothing can be looked up. `may_reset`: whether 141=Y is granted. `terms`: of the running system."""

    session_id: str
    version: str
    comp_id: str
    our_comp_id: str
    desk_id: str = ""
    account_id: str = ""
    may_reset: bool = True
    heart_bt_int: int = HEART_BT_INT
    terms: FixSession | None = None

    @property
    def dictionary(self) -> Dictionary:
        """With the fields that the gateway has by agreement, where its session is known."""
        return load(self.version) if self.terms is None else dictionary_of(self.terms)

    def config(self, reset: bool) -> SessionConfig:
        """What comes is shown as it is, so it is not validated."""
        is_fixt = self.version == FIX_50SP2
        return SessionConfig(
            FIXT_11 if is_fixt else self.version,
            self.comp_id,
            self.our_comp_id,
            is_initiator=True,
            default_appl_ver_id=APPL_VER_50SP2 if is_fixt else "",
            heart_bt_int=self.heart_bt_int,
            reset_on_logon=reset,
            validate=False,
        )


def party_of(client: GatewayClient, session_id: str) -> Party:
    """The session of the running system with this id; without one the only one that trades."""
    found: list[FixSession] = [from_message(item.entity, Entity) for item in client.reference("fix_session")]
    trading = [terms for terms in found if terms.drop_copy is None and terms.enabled]
    chosen = [terms for terms in found if terms.session_id == session_id] if session_id else trading
    if len(chosen) != 1:
        names = ", ".join(sorted(terms.session_id for terms in (found if session_id else trading)))
        asked = f"no FIX session {session_id!r}" if session_id else "name the session with --session"
        raise UsageError(f"{asked}; there are {names or 'none: see docs/fix-clients.md'}")
    (terms,) = chosen
    return Party(
        terms.session_id,
        FIX_50SP2 if terms.begin_string == FIXT_11 else terms.begin_string,
        terms.comp_id,
        terms.our_comp_id,
        terms.desk_id,
        terms.accounts[0] if len(terms.accounts) == 1 else "",
        terms.resets_on_logon,
        max(terms.heartbeat_s_min, min(HEART_BT_INT, terms.heartbeat_s_max)),
        terms,
    )


def stranger(version: str, comp_id: str, our_comp_id: str) -> Party:
    """A session that no running system here tells of."""
    if version not in VERSIONS:
        raise UsageError(f"--version {version}: give one of {', '.join(VERSIONS)}")
    for option, name in (("--sender", comp_id), ("--target", our_comp_id)):
        if not _COMP_ID.fullmatch(name):
            raise UsageError(f"{option} {name!r}: give printable ASCII, at most {COMP_ID_MAX} characters")
    return Party(f"{comp_id}-{our_comp_id or OUR_COMP_ID}", version, comp_id, our_comp_id or OUR_COMP_ID)


Address = tuple[str, int]


def addresses_of(at: list[str], instance: Instance | None) -> tuple[Address, ...]:
    """Of the FIX gateways: those given, else those of the running system."""
    given = at or ([] if instance is None else [address for _, address in instance.fix])
    if not given:
        raise CliError("no FIX gateway runs here (`oms run` without --no-fix has one): give its address with --at")
    return tuple(_address(text) for text in given)


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not _HOST.fullmatch(host) or not _PORT.fullmatch(port) or not 0 < int(port) < 65_536:
        raise UsageError(f"--at {text}: give HOST:PORT")
    return host, int(port)


_HOST = re.compile(r"[0-9A-Za-z_%:-]{1,63}(\.[0-9A-Za-z_%:-]{1,63})*\.?")
_PORT = re.compile(r"[0-9]{1,5}")


def tls_of(ca: Path | None, certificate: Path | None, key: Path | None, name: str, host: str) -> ClientTls | None:
    """None: in the clear, which the gateway takes on its own machine only."""
    if ca is None:
        if certificate is not None or key is not None or name:
            raise UsageError("--certificate, --key and --server-name go with --ca: who signs the gateway's certificate")
        return None
    return ClientTls(name or host, ca, certificate, key)


@dataclass(slots=True)
class Numbers:
    """The numbers of one session, in a file. `begun`: why they are what they are, for people. `reset`: whether to log on with 141=Y."""

    path: Path
    state: SessionState
    reset: bool
    begun: str

    def keep(self, state: SessionState) -> None:
        """Before what has these numbers is written: no number is used for two messages, whatever happens."""
        write_private(self.path, json.dumps({"next_in": state.next_in, "next_out": state.next_out}))


@contextmanager
def numbers_of(party: Party, data: Path | None, instance: Instance | None, anew: bool) -> Iterator[Numbers]:
    """This command's alone until the end of the block. `anew`: the numbers begin again whatever is kept."""
    folder = (Path(instance.stores) if instance is not None and instance.stores else data_directory(data)) / NUMBERS
    folder.mkdir(parents=True, exist_ok=True)
    names = (party.version, party.comp_id, party.our_comp_id)
    path = folder / f"{','.join(quote(name, safe='') for name in names)}.json"
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CliError(f"another `oms fix send` uses session {party.session_id}: wait until it is done") from None
        yield _numbers(path, party, anew)
    finally:
        os.close(lock)


def _numbers(path: Path, party: Party, anew: bool) -> Numbers:
    if anew and not party.may_reset:
        return Numbers(path, SessionState(), False, "begin at 1, as --reset asks; the session's terms grant no 141=Y")
    if anew:
        return Numbers(path, SessionState(), True, "begin anew (141=Y), as --reset asks")
    if path.exists():
        state = _stored(path)
        return Numbers(
            path,
            state,
            False,
            f"go on at {state.next_out} out, {state.next_in} in, as the last `oms fix send` kept them",
        )
    if party.may_reset:
        return Numbers(path, SessionState(), True, "begin anew (141=Y): none are kept here")
    return Numbers(
        path, SessionState(), False, "begin at 1: none are kept here, and the session's terms grant no reset"
    )


def _stored(path: Path) -> SessionState:
    try:
        kept = json.loads(path.read_text("utf-8"))
        state = SessionState(next_in=int(kept["next_in"]), next_out=int(kept["next_out"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise CliError(f"{path} is damaged: begin anew with --reset") from None
    if not (1 <= state.next_in <= NUMBER_MAX and 1 <= state.next_out <= NUMBER_MAX):
        raise CliError(f"{path} is damaged: begin anew with --reset")
    return state
