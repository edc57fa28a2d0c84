"""Where the FIX gateway listens, and whom it lets connect: its settings, checked before anything is started."""

from oms.runtime.fix_tls import ServerTls, TlsError
from oms.runtime.gateway_auth import is_loopback
from oms.runtime.settings import Settings, SettingsError


def fix_tls(settings: Settings) -> ServerTls | None:
    """TLS with client certificates, where the files are set; None: in the clear."""
    if settings.fix_tls is None or settings.fix_client_ca is None:
        return None
    certificate, key = settings.fix_tls
    return ServerTls(certificate, key, settings.fix_client_ca)


def check_fix_start(settings: Settings) -> None:
    """SettingsError, one line, where the gateway must not listen: in the clear beyond this machine, or with files it cannot use."""
    tls = fix_tls(settings)
    if settings.fix_tls is not None and tls is None:
        raise SettingsError(
            "OMS_FIX_CLIENT_CA is not set: clients are known by their certificates, name the PEM file of who signs them"
        )
    if tls is None and not is_loopback(settings.fix_host) and not settings.fix_plaintext:
        raise SettingsError(
            f"OMS_FIX_HOST is {settings.fix_host}, and orders would cross the network in the clear: set OMS_FIX_TLS_CERTIFICATE, "
            "OMS_FIX_TLS_KEY and OMS_FIX_CLIENT_CA, or OMS_FIX_PLAINTEXT=1 where TLS ends in front of it"
        )
    if tls is not None:
        try:
            tls.context()
        except TlsError as error:
            raise SettingsError(str(error)) from None
