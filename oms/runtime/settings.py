"""Settings of a service process: read once from the environment, frozen, typed. An unknown key with our prefix stops the start."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from oms.runtime.kafka import KafkaSettings


class SettingsError(Exception):
    """A setting is missing, unknown or malformed; the text says which and what it takes."""


_KAFKA_PREFIX = "OMS_KAFKA_"

_KNOWN = {
    "OMS_PROCESS_ID": "name of this process in claims and heartbeats (default: host name and process id)",
    "OMS_PARTITIONS": "number of desk partitions, as the topics were created (default 4)",
    "OMS_HEALTH_PORT": "port of /healthz and /readyz (default 0: any)",
    "OMS_GATEWAY_PORT": "port of the gRPC gateway (default 50051)",
    "OMS_VENUE_ADDRESS": "host:port of the venue process",
    "OMS_CONTROL_LIMIT_MS": "silence of oms.control after which new orders are denied (default 5000)",
    "OMS_AUDIT_LIMIT_MS": "how far behind the audit may be before new orders are denied (default 10000)",
    "OMS_LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR (default INFO)",
    "OMS_DATA": "data directory of the command line",
    "OMS_SHARED_DATA": "where recorded market data for tests lies",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a service process is told. Times in nanoseconds."""

    process_id: str
    kafka: KafkaSettings
    clickhouse_url: str
    partitions: int
    health_port: int
    gateway_port: int
    venue_host: str
    venue_port: int
    control_limit_ns: int
    audit_limit_ns: int
    log_level: str


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. SettingsError names the key."""
    env = os.environ if environment is None else environment
    for key in env:
        if key.startswith("OMS_") and not key.startswith(_KAFKA_PREFIX) and key not in _KNOWN:
            raise SettingsError(f"{key} is no setting; known: {', '.join(sorted(_KNOWN))} and {_KAFKA_PREFIX}*")
    host, port = _address(env, "OMS_VENUE_ADDRESS", "127.0.0.1:0")
    return Settings(
        process_id=env.get("OMS_PROCESS_ID") or f"{socket.gethostname()}-{os.getpid()}",
        kafka=kafka_settings(env),
        clickhouse_url=env.get("CLICKHOUSE_URL", ""),
        partitions=_number(env, "OMS_PARTITIONS", 4),
        health_port=_number(env, "OMS_HEALTH_PORT", 0),
        gateway_port=_number(env, "OMS_GATEWAY_PORT", 50051),
        venue_host=host,
        venue_port=port,
        control_limit_ns=_number(env, "OMS_CONTROL_LIMIT_MS", 5000) * 1_000_000,
        audit_limit_ns=_number(env, "OMS_AUDIT_LIMIT_MS", 10000) * 1_000_000,
        log_level=_level(env),
    )


def kafka_settings(env: Mapping[str, str]) -> KafkaSettings:
    """`KAFKA_BOOTSTRAP_SERVERS`, and `OMS_KAFKA_SASL_USERNAME` → `sasl.username` for everything the client takes."""
    servers = env.get("KAFKA_BOOTSTRAP_SERVERS", "")
    if not servers:
        raise SettingsError("KAFKA_BOOTSTRAP_SERVERS is not set: host:port of a broker")
    extra = {
        k[len(_KAFKA_PREFIX) :].lower().replace("_", "."): v for k, v in env.items() if k.startswith(_KAFKA_PREFIX)
    }
    return KafkaSettings(bootstrap_servers=servers, extra=extra)


def _number(env: Mapping[str, str], key: str, default: int) -> int:
    text = env.get(key, "")
    if not text:
        return default
    if not text.isdigit():
        raise SettingsError(f"{key} is {text!r}: it takes a whole number ({_KNOWN[key]})")
    return int(text)


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
