"""Who calls the gateway: tokens against the file of people and the reference data, at every call and all through a stream.

- `admit` stands before every method: no token, an unknown or revoked one, or no right to the method at all, and it is not called.
- A `CallAccess` belongs to one call; servicers ask it about desks and scopes. It looks its caller up anew whenever people or reference
  data have changed, so a revocation binds the next command of an open session, and open streams are woken to notice it.
- While nobody has a live token there are no identities: on a loopback address everybody is believed, elsewhere everybody is refused.
- A file that cannot be read any more leaves the people as they were: neither does half a file let anybody in, nor a bad edit stop trading.
- Every refusal and every change of a token is recorded in `oms.access`; no answer waits for that.

Belongs to the event loop's thread. What roles may do is `oms.gateway.identity`.
"""

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from google.protobuf.message import Message

from oms.core.access import AccessRecord, AccessRefused, TokenChanged
from oms.core.enums import HaltScope
from oms.core.reasons import Reason
from oms.gateway.access_record import Refusal, RefusalCounter
from oms.gateway.field_errors import FieldError
from oms.gateway.identity import (
    ANYBODY,
    RIGHT_OF_COMMAND,
    RIGHT_OF_METHOD,
    Caller,
    Denied,
    Right,
    caller_of,
    desk_denied,
    entry_of,
    halt_denied,
    impersonation,
    kinds_denied,
    role_denied,
)
from oms.gateway.people import People, PeopleError, PersonEntry, token_changes
from oms.gateway.refusal import Code, Refused
from oms.runtime.clock import Clock
from oms.runtime.gateway_append import LoopAppender, OutcomeUnknown
from oms.runtime.gateway_feed import GatewayView
from oms.runtime.log import Ack
from oms.runtime.people_file import Stamp, read_people, stamp_of
from oms.wire import topics
from oms.wire.codec import encode_intake

_LOGGER = logging.getLogger(__name__)

CHECK_S = 0.25
"""Between two looks at the file; with the wake-up of streams well within the second that a revocation may take."""

RECORDS_WAITING_MAX = 1_000
"""Records of refusals on their way to the broker; while it does not answer, more are left out, and counted in the log."""

T = TypeVar("T")
_KEY = b"access"
_UNAUTHENTICATED = (Reason.NO_TOKEN, Reason.UNKNOWN_TOKEN, Reason.REVOKED_TOKEN)


class CallAccess:
    """The rights of one call, for as long as it lasts. Every method raises `Refused`, recorded, where the answer is no."""

    __slots__ = ("_auth", "_caller", "_context", "_headers", "_method", "_stamp")

    def __init__(self, auth: "GatewayAuth", method: str, context: Any) -> None:
        self._auth, self._method, self._context = auth, method, context
        self._headers = [value for key, value in context.invocation_metadata() or () if key == "authorization"]
        self._stamp = (-1, -1)
        self._caller = ANYBODY

    def caller(self) -> Caller:
        """Whose call it is, by the people and the reference data of now."""
        stamp = self._auth.stamp()
        if stamp != self._stamp:
            self._caller = self._answer(self._auth.caller(self._headers))
            self._stamp = stamp
        return self._caller

    def authenticate(self) -> None:
        """The token alone: for when the reference data is not read yet."""
        self._answer(self._auth.entry(self._headers))

    def require(self, right: Right) -> None:
        self._none(role_denied(self.caller(), right))

    def desk(self, right: Right, desk_id: str) -> None:
        self._none(desk_denied(self.caller(), right, desk_id))

    def command(self, request: Message) -> str:
        """Of an order command: the desk, and who entered it. Returns what `enters` does."""
        fields: Any = request
        self.desk(RIGHT_OF_COMMAND[type(request)], fields.desk_id)
        return self.enters(fields)

    def halt(self, scope: int, scope_id: str) -> None:
        known = next((member for member in HaltScope if member == scope), None)
        self._none(halt_denied(self.caller(), known, scope_id, self._auth.view.reference))

    def kinds(self, kinds: list[str]) -> None:
        """Of entities to be changed."""
        self._none(kinds_denied(self.caller(), kinds))

    def enters(self, request: Any) -> str:
        """Who enters the request: whom the token names; empty where nobody is named, and what the request states is believed."""
        caller, stated = self.caller(), request.requester.entered_by
        denied = impersonation(caller, stated)
        if denied is not None:
            raise self.refused(denied, (FieldError("requester.entered_by", denied.text),))
        if caller.person_id or stated:
            return caller.person_id
        return self._auth.named(self._headers)

    def refused(self, denied: Denied, errors: tuple[FieldError, ...] = ()) -> Refused:
        """The answer, after the record."""
        peer = host_of(self._context.peer())
        self._auth.record(Refusal(self._method, peer, denied.person_id, denied.token_id, denied.reason, denied.text))
        code = Code.UNAUTHENTICATED if denied.reason in _UNAUTHENTICATED else Code.PERMISSION_DENIED
        return Refused(code, f"{denied.reason.name}: {denied.text}", errors, denied.reason)

    def _none(self, denied: Denied | None) -> None:
        if denied is not None:
            raise self.refused(denied)

    def _answer(self, found: T | Denied) -> T:
        if isinstance(found, Denied):
            raise self.refused(found)
        return found


class GatewayAuth:
    """People, and what is recorded of them. `path` None: no file, and so no identities; `people`: as it was read."""

    def __init__(
        self,
        view: GatewayView,
        path: Path | None,
        people: People,
        loopback: bool,
        appender: LoopAppender,
        clock: Clock,
        process_id: str,
        require_ready: Callable[[], None],
    ) -> None:
        self.view = view
        self.problem = ""
        self._path, self._loopback, self._appender, self._clock = path, loopback, appender, clock
        self._process_id, self._require_ready = process_id, require_ready
        self._file_stamp: Stamp | None = None  # the first look reads the file again: it may have changed meanwhile
        self._people = people
        self._generation = 0
        self._counter = RefusalCounter(process_id)
        self._lost = 0

    @property
    def identified(self) -> bool:
        """Whether callers need a token."""
        return self._people.identified or not self._loopback

    def stamp(self) -> tuple[int, int]:
        """Changes whenever anybody's rights may have."""
        return self._generation, self.view.reference.position

    def admit(self, method: str, context: Any) -> CallAccess:
        """Let a call in, as far as its token and roles go. Refused, and recorded, where it is not."""
        access = CallAccess(self, method, context)
        right = RIGHT_OF_METHOD.get(method)
        if right is None:
            raise access.refused(Denied(Reason.NOT_PERMITTED, "nobody may call this method"))
        if self.identified:
            access.authenticate()
            self._require_ready()  # before that nobody's rights are known
            access.require(right)
        return access

    def entry(self, headers: list[str]) -> PersonEntry | Denied:
        return entry_of(headers, self._people)

    def caller(self, headers: list[str]) -> Caller | Denied:
        if not self.identified:
            return ANYBODY
        entry = self.entry(headers)
        return entry if isinstance(entry, Denied) else caller_of(entry, self.view.reference)

    def named(self, headers: list[str]) -> str:
        """Whom a token names while none is needed; empty without a good one."""
        entry = self.entry(headers) if headers else None
        return entry.person_id if isinstance(entry, PersonEntry) else ""

    # -- the file ------------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Record whose tokens are accepted from the start on."""
        self._record_changes(None, self._people)

    async def watch(self, wake_streams: Callable[[], None]) -> None:
        """Take in changes of the file and write what is due, until cancelled. Streams are woken when rights may have changed."""
        seen = self.stamp()
        while True:
            await asyncio.sleep(CHECK_S)
            if self._path is not None:
                await self._look(self._path)
            if self.stamp() != seen:
                seen = self.stamp()
                wake_streams()
            self.write_due()

    async def _look(self, path: Path) -> None:
        stamp = await asyncio.to_thread(stamp_of, path)
        if stamp == self._file_stamp and not self.problem:
            return
        try:
            people = await asyncio.to_thread(read_people, path)
        except PeopleError as error:
            if self.problem != str(error):
                self.problem = str(error)
                _LOGGER.error("%s; the people known before stay in force", error)
            return
        if self.problem:
            _LOGGER.info("%s can be read again", path)
        self._file_stamp, self.problem = stamp, ""
        if people != self._people:
            self._take(people)

    def _take(self, people: People) -> None:
        before, was_identified = self._people, self.identified
        self._people = people
        self._generation += 1
        if was_identified and not people.identified:
            rule = "everybody on this machine may call" if self._loopback else "every call is refused"
            _LOGGER.warning("nobody has a live token any more: %s", rule)
        elif people.identified and not before.identified:
            _LOGGER.info("there are identities: callers need a token from now on")
        self._record_changes(before, people)

    # -- records -------------------------------------------------------------------------------------------------------------

    def record(self, refusal: Refusal) -> None:
        record = self._counter.tell(self._clock.now_ns(), refusal)
        if record is not None:
            self._refused(record)

    def write_due(self, everything: bool = False) -> None:
        for record in self._counter.due(self._clock.now_ns(), everything):
            self._refused(record)

    def _refused(self, record: AccessRefused) -> None:
        who = record.person_id or record.token_id or "nobody"
        _LOGGER.warning("refused %d x %s of %s: %s", record.count, record.method, who, record.reason.name)
        self._append(record)

    def _record_changes(self, before: People | None, after: People) -> None:
        now_ns = self._clock.now_ns()
        for entry, change in token_changes(before, after):
            _LOGGER.info("token %s of %s: %s", entry.token_id, entry.person_id, change.name)
            self._append(
                TokenChanged(
                    now_ns, entry.person_id, entry.token_id, change, entry.roles, entry.desks, self._process_id
                )
            )

    def _append(self, record: AccessRecord) -> None:
        if isinstance(record, AccessRefused) and self._appender.in_flight >= RECORDS_WAITING_MAX:
            self._lost += record.count
            _LOGGER.error("the broker takes no records of refusals: %d left out so far", self._lost)
            return
        self._appender.append(_KEY, encode_intake(topics.ACCESS, record)).add_done_callback(_outcome)


def _outcome(future: "asyncio.Future[Ack]") -> None:
    """The appender has logged a failure; the record may be there or not, and is not written again: nothing depends on it."""
    if not future.cancelled() and (error := future.exception()) is not None:
        assert isinstance(error, OutcomeUnknown), error


def host_of(peer: str) -> str:
    """The caller's host out of gRPC's word for a peer.

    >>> host_of("ipv4:127.0.0.1:40312"), host_of("ipv6:%5B::1%5D:40312"), host_of("unix:")
    ('127.0.0.1', '::1', 'unix')
    """
    kind, _, address = peer.partition(":")
    if kind not in ("ipv4", "ipv6"):
        return kind
    return unquote(address).rpartition(":")[0].strip("[]")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host` (an address, or `localhost`)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
