"""Settings of a service process: read once from the environment, frozen, typed. An unknown key with our prefix stops the start."""

import difflib
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oms.core.limits import HOUR_NS, PROPOSAL_VALID_NS, PROPOSAL_VALID_NS_MAX
from oms.runtime.kafka import KafkaSettings
from oms.runtime.ownership import SNAPSHOT_EVERY
from oms.runtime.presence import HEARTBEAT_NS, SILENCE_NS

HEARTBEATS_PER_SILENCE_MIN = 3
"""One heartbeat may be lost and one late before an owner counts as silent."""


class SettingsError(Exception):
    """A setting is missing, unknown or malformed; the text says which and what it takes."""


_KAFKA_PREFIX = "OMS_KAFKA_"

_KNOWN = {
    "OMS_PROCESS_ID": "name of this process in claims and heartbeats, where each start adds to it (default: host name and process id)",
    "OMS_PARTITIONS": "number of desk partitions, as the topics were created (default 4)",
    "OMS_HEALTH_PORT": "port of /healthz and /readyz (default 0: any)",
    "OMS_GATEWAY_PORT": "port of the gRPC gateway (default 50051)",
    "OMS_GATEWAY_HOST": "address that the gateway listens on; beyond this machine only with people and TLS (default 127.0.0.1)",
    "OMS_GATEWAY_TLS_CERTIFICATE": "PEM file of the gateway's certificate chain",
    "OMS_GATEWAY_TLS_KEY": "PEM file of the certificate's key",
    "OMS_GATEWAY_PLAINTEXT": "1: tokens may pass in the clear, because TLS ends in front of the gateway (default 0)",
    "OMS_GATEWAY_CA": "PEM file of whom the command line trusts to sign the gateway's certificate; makes it use TLS",
    "OMS_FIX_HOST": "address that the FIX gateway listens on; beyond this machine only with TLS (default 127.0.0.1)",
    "OMS_FIX_PORT": "port of the FIX gateway (default 0: any)",
    "OMS_FIX_TLS_CERTIFICATE": "PEM file of the FIX gateway's certificate chain",
    "OMS_FIX_TLS_KEY": "PEM file of that certificate's key",
    "OMS_FIX_CLIENT_CA": "PEM file of whom the FIX gateway trusts to sign clients' certificates",
    "OMS_FIX_PLAINTEXT": "1: FIX may pass in the clear, because TLS ends in front of the FIX gateway (default 0)",
    "OMS_PEOPLE_FILE": "private file of the people who have tokens (locally people.json in the data directory)",
    "OMS_TOKEN": "the command line's token",
    "OMS_TOKEN_FILE": "private file with the command line's token (default token in the data directory)",
    "OMS_VENUE_ADDRESS": "host:port of the venue process",
    "OMS_VENUES": "local or fix: what the execution service speaks to the venues (default local)",
    "OMS_VENUE_FIX_ADDRESS": "host:port of FIX sessions with venues whose rules of engagement name no address",
    "OMS_VENUE_RULES": "directory of rules of engagement, a file VENUE.yaml each (default none: plain FIX 4.4)",
    "OMS_CONTROL_LIMIT_MS": "silence of oms.control after which new orders are denied (default 5000)",
    "OMS_PROPOSAL_VALID_HOURS": "how long a proposal that says nothing else may be approved (default 72)",
    "OMS_AUDIT_LIMIT_MS": "how far behind the audit may be before new orders are denied (default 10000)",
    "OMS_BROKER": "memory where it is the broker without Java, which cannot do all that Kafka does (default kafka)",
    "OMS_AUDIT_PROGRESS_MS": "how often the audit says how far it is, a record for each partition (default 250)",
    "OMS_AUDIT_TRIMS": "1: the audit trims market data from the log after it wrote it; 0 where the broker cannot (default 1)",
    "OMS_TRACE_SLOW_MS": "an order decided or sent later than this has a trace, asked for or not (default 250)",
    "OMS_TRACE_CONSOLE": "1: the audit prints traces as lines of JSON (default 0)",
    "OMS_STANDBY": "1: begin as a follower where a partition was claimed, and take over when its owner is silent (default 0: claim at once)",
    "OMS_HEARTBEAT_MS": "how often the owner of a partition says that it is there (default 1000; 100 where a standby waits)",
    "OMS_SILENCE_MS": "silence of an owner after which a follower takes over (default 10000; 500 where a standby waits)",
    "OMS_SNAPSHOTS": "directory, or URL of an object store, where the states of stages are kept (default none: journals are folded whole)",
    "OMS_SNAPSHOT_EVERY": "records of a journal between two snapshots of its state (default 20000)",
    "OMS_LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR (default INFO)",
    "OMS_DATA": "data directory of the command line",
    "OMS_SHARED_DATA": "where recorded market data for tests lies",
    "OMS_SHARED_FIX": "where worked cases of FIX for tests lie",
    "OMS_PROMTOOL": "the promtool that tests use (default: that of the PATH)",
}


def known_settings() -> Mapping[str, str]:
    """Every `OMS_*` setting and what it means, for `oms config`."""
    return _KNOWN


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a service process is told. Times in nanoseconds."""

    process_id: str
    kafka: KafkaSettings
    clickhouse_url: str
    partitions: int
    health_port: int
    gateway_port: int
    gateway_host: str
    gateway_tls: tuple[Path, Path] | None
    gateway_plaintext: bool
    people_file: Path | None
    venue_host: str
    venue_port: int
    venues_by_fix: bool
    venue_fix_host: str
    venue_fix_port: int
    venue_rules: Path | None
    control_limit_ns: int
    audit_limit_ns: int
    audit_trims: bool
    audit_progress_s: float
    trace_slow_ns: int
    trace_console: bool
    log_level: str
    standby: bool = False
    heartbeat_ns: int = HEARTBEAT_NS
    silence_ns: int = SILENCE_NS
    snapshots: str = ""
    snapshot_every: int = SNAPSHOT_EVERY
    fix_host: str = "127.0.0.1"
    fix_port: int = 0
    fix_tls: tuple[Path, Path] | None = None
    fix_client_ca: Path | None = None
    fix_plaintext: bool = False
    proposal_valid_ns: int = PROPOSAL_VALID_NS


def _hours_ns(env: Mapping[str, str], key: str) -> int:
    hours = _number(env, key, PROPOSAL_VALID_NS // HOUR_NS)
    if not 1 <= hours <= PROPOSAL_VALID_NS_MAX // HOUR_NS:
        raise SettingsError(f"{key} is {hours}: it takes 1 to {PROPOSAL_VALID_NS_MAX // HOUR_NS}")
    return hours * HOUR_NS


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. SettingsError names the key."""
    env = os.environ if environment is None else environment
    for key in env:
        if key.startswith("OMS_") and not key.startswith(_KAFKA_PREFIX) and key not in _KNOWN:
            near = difflib.get_close_matches(key, _KNOWN, 1)
            hint = f"did you mean {near[0]}?" if near else "`oms config` lists them"
            raise SettingsError(f"{key} is no setting: {hint}")
    host, port = _address(env, "OMS_VENUE_ADDRESS", "127.0.0.1:0")
    fix_host, fix_port = _address(env, "OMS_VENUE_FIX_ADDRESS", "127.0.0.1:0")
    standby = bool(_number(env, "OMS_STANDBY", 0))
    heartbeat_ms = _number(env, "OMS_HEARTBEAT_MS", HEARTBEAT_NS // 1_000_000)
    silence_ms = _number(env, "OMS_SILENCE_MS", SILENCE_NS // 1_000_000)
    if heartbeat_ms < 1 or silence_ms < HEARTBEATS_PER_SILENCE_MIN * heartbeat_ms:
        raise SettingsError(
            f"OMS_SILENCE_MS is {silence_ms}: it takes at least {HEARTBEATS_PER_SILENCE_MIN} times OMS_HEARTBEAT_MS ({heartbeat_ms}), "
            "or an owner that lives would be taken for silent"
        )
    return Settings(
        process_id=env.get("OMS_PROCESS_ID") or f"{socket.gethostname()}-{os.getpid()}",
        kafka=kafka_settings(env),
        clickhouse_url=env.get("CLICKHOUSE_URL", ""),
        partitions=_number(env, "OMS_PARTITIONS", 4),
        health_port=_number(env, "OMS_HEALTH_PORT", 0),
        gateway_port=_number(env, "OMS_GATEWAY_PORT", 50051),
        gateway_host=env.get("OMS_GATEWAY_HOST") or "127.0.0.1",
        gateway_tls=_tls(env, "OMS_GATEWAY"),
        gateway_plaintext=bool(_number(env, "OMS_GATEWAY_PLAINTEXT", 0)),
        people_file=Path(env["OMS_PEOPLE_FILE"]) if env.get("OMS_PEOPLE_FILE") else None,
        venue_host=host,
        venue_port=port,
        venues_by_fix=_one_of(env, "OMS_VENUES", ("local", "fix")) == "fix",
        venue_fix_host=fix_host,
        venue_fix_port=fix_port,
        venue_rules=Path(env["OMS_VENUE_RULES"]) if env.get("OMS_VENUE_RULES") else None,
        control_limit_ns=_number(env, "OMS_CONTROL_LIMIT_MS", 5000) * 1_000_000,
        audit_limit_ns=_number(env, "OMS_AUDIT_LIMIT_MS", 10000) * 1_000_000,
        audit_trims=bool(_number(env, "OMS_AUDIT_TRIMS", 1)),
        audit_progress_s=_number(env, "OMS_AUDIT_PROGRESS_MS", 250) / 1_000,
        trace_slow_ns=_number(env, "OMS_TRACE_SLOW_MS", 250) * 1_000_000,
        trace_console=bool(_number(env, "OMS_TRACE_CONSOLE", 0)),
        log_level=_level(env),
        standby=standby,
        heartbeat_ns=heartbeat_ms * 1_000_000,
        silence_ns=silence_ms * 1_000_000,
        snapshots=env.get("OMS_SNAPSHOTS", ""),
        snapshot_every=_number(env, "OMS_SNAPSHOT_EVERY", SNAPSHOT_EVERY),
        fix_host=env.get("OMS_FIX_HOST") or "127.0.0.1",
        fix_port=_number(env, "OMS_FIX_PORT", 0),
        fix_tls=_tls(env, "OMS_FIX"),
        fix_client_ca=Path(env["OMS_FIX_CLIENT_CA"]) if env.get("OMS_FIX_CLIENT_CA") else None,
        fix_plaintext=bool(_number(env, "OMS_FIX_PLAINTEXT", 0)),
        proposal_valid_ns=_hours_ns(env, "OMS_PROPOSAL_VALID_HOURS"),
    )


def kafka_settings(env: Mapping[str, str]) -> KafkaSettings:
    """`KAFKA_BOOTSTRAP_SERVERS`, and `OMS_KAFKA_SASL_USERNAME` → `sasl.username` for everything the client takes."""
    servers = env.get("KAFKA_BOOTSTRAP_SERVERS", "")
    if not servers:
        raise SettingsError("KAFKA_BOOTSTRAP_SERVERS is not set: host:port of a broker")
    extra = {
        k[len(_KAFKA_PREFIX) :].lower().replace("_", "."): v for k, v in env.items() if k.startswith(_KAFKA_PREFIX)
    }
    return KafkaSettings(bootstrap_servers=servers, extra=extra, by_kafka=_broker(env) != "memory")


SHOWN_INSTEAD = "***"
_SECRET_KEY = re.compile(r"PASSWORD|PASSPHRASE|SECRET|TOKEN|HEADERS|JAAS|OAUTHBEARER_CONFIG|KEY_PEM|PRIVATE", re.I)
_PLACE_KEY = re.compile(r"[._](FILE|LOCATION|PATH|URL|ENDPOINT)$", re.I)
_PASSWORD_IN_ADDRESS = re.compile(r"(?P<before>\w+://[^/?#\s:@]*:)\S*(?=@)")
_PASSWORD_IN_QUERY = re.compile(r"(?P<before>[?&](?:password|passphrase|secret|token|keypass)=)[^&#\s]*", re.I)


def redacted(value: str, key: str = "") -> str:
    """What may be shown of a setting: all of a secret's value is `***`, and so are passwords within addresses.

    `key`: the setting's name (OMS_KAFKA_SASL_PASSWORD or sasl.password), where the text alone does not say that it is a secret.
    """
    if value and _SECRET_KEY.search(key.replace(".", "_")) and not _PLACE_KEY.search(key):
        return SHOWN_INSTEAD
    value = _PASSWORD_IN_ADDRESS.sub(rf"\g<before>{SHOWN_INSTEAD}", value)
    return _PASSWORD_IN_QUERY.sub(rf"\g<before>{SHOWN_INSTEAD}", value)


def _broker(env: Mapping[str, str]) -> str:
    return _one_of(env, "OMS_BROKER", ("kafka", "memory"))


def _one_of(env: Mapping[str, str], key: str, allowed: tuple[str, ...]) -> str:
    """The first where nothing is said."""
    value = env.get(key) or allowed[0]
    if value not in allowed:
        raise SettingsError(f"{key} is {value!r}: it takes {' or '.join(allowed)}")
    return value


def _number(env: Mapping[str, str], key: str, default: int) -> int:
    text = env.get(key, "")
    if not text:
        return default
    if not text.isdigit():
        raise SettingsError(f"{key} is {text!r}: it takes a whole number ({_KNOWN[key]})")
    return int(text)


def _tls(env: Mapping[str, str], prefix: str) -> tuple[Path, Path] | None:
    """The certificate and its key; one without the other is a mistake, not a server in the clear."""
    certificate, key = env.get(f"{prefix}_TLS_CERTIFICATE", ""), env.get(f"{prefix}_TLS_KEY", "")
    if bool(certificate) != bool(key):
        raise SettingsError(f"{prefix}_TLS_CERTIFICATE and {prefix}_TLS_KEY go together: set both, or neither")
    return (Path(certificate), Path(key)) if certificate else None


def _address(env: Mapping[str, str], key: str, default: str) -> tuple[str, int]:
    host, _, port = (env.get(key) or default).rpartition(":")
    if not host or not port.isdigit():
        raise SettingsError(f"{key} is {env[key]!r}: it takes host:port")
    return host, int(port)


def _level(env: Mapping[str, str]) -> str:
    level = env.get("OMS_LOG_LEVEL", "INFO").upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise SettingsError(f"OMS_LOG_LEVEL is {level!r}: it takes DEBUG, INFO, WARNING or ERROR")
    return level
