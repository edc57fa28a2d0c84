"""Who `oms run` is to its own gateway, and where the people of a data directory are.

Every start makes a token that only this process holds, and puts it into the file of people as a machine's, in the place of the one
before. Machines alone do not turn identities on; but when somebody adds the first person, the run's own calls go on. The file itself says
what the run may do: whatever its market, its order flow and its safeguards ask for, and no more than a person with these roles could.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from oms.core.enums import Role
from oms.gateway.people import ALL_DESKS, MACHINE_PERSON, PeopleError, PersonEntry, digest_of, new_token, with_machine
from oms.local.child import ComponentError
from oms.local.ports import LOOPBACK
from oms.runtime.gateway import check_start
from oms.runtime.people_file import change_people
from oms.runtime.settings import SettingsError, read_settings

PEOPLE_FILE = "people.json"
PASSED_ON = (
    "OMS_GATEWAY_HOST",
    "OMS_GATEWAY_TLS_CERTIFICATE",
    "OMS_GATEWAY_TLS_KEY",
    "OMS_GATEWAY_PLAINTEXT",
    "OMS_PEOPLE_FILE",
)
"""Settings of the gateway that a person may give to a run."""

_WILDCARDS = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """`environment`: for the gateway's process. `host`: where this machine reaches it. `identified`: callers need tokens already."""

    environment: Mapping[str, str]
    host: str
    token: str = field(repr=False)
    identified: bool = False


def run_identity(data: Path, environment: Mapping[str, str]) -> RunIdentity:
    """Make the run's token of now. ComponentError, one line, where the gateway would refuse to start as it is told."""
    given = {key: environment[key] for key in PASSED_ON if environment.get(key)}
    settings = {"OMS_PEOPLE_FILE": str(data / PEOPLE_FILE)} | given
    token = new_token()
    roles = (Role.ADMIN, Role.RISK_OFFICER, Role.TRADER)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = PersonEntry(MACHINE_PERSON, digest_of(token), now, None, roles, (ALL_DESKS,), machine=True)
    try:
        read = read_settings({"KAFKA_BOOTSTRAP_SERVERS": "none:0", **settings})
        check_start(read)
        people = change_people(Path(settings["OMS_PEOPLE_FILE"]), lambda people: with_machine(people, entry))
    except (PeopleError, SettingsError) as error:
        raise ComponentError(str(error)) from None
    host = LOOPBACK if read.gateway_host in _WILDCARDS else read.gateway_host
    return RunIdentity(settings, f"[{host}]" if ":" in host else host, token, people.identified)
