"""Certificates of the tests, made with openssl: an authority of ours and a stranger, servers and clients, good and bad."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = "127.0.0.1"
NAME = "fix.venue.test"
NOW, PAST, FUTURE = (
    ("20200101000000Z", "20990101000000Z"),
    ("20200101000000Z", "20200201000000Z"),
    ("20980101000000Z", "20990101000000Z"),
)


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder."""

    folder: Path
    name: str

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem"

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def make(self) -> "Authority":
        self.folder.mkdir()
        (self.folder / "index.txt").touch()
        (self.folder / "openssl.cnf").write_text(
            "[ca]\ndefault_ca=one\n[one]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n"
            "unique_subject=no\n[any]\norganizationName=optional\ncommonName=supplied\n"
        )
        subject = ("-days", "2", "-subj", f"/CN={self.name}")
        self.openssl("req", "-x509", *KEY, "-keyout", f"{self.name}.key", "-out", f"{self.name}.pem", *subject)
        return self

    def sign(self, who: str, names: str, dates: tuple[str, str] = NOW, subject: str = "") -> tuple[Path, Path]:
        """Certificate and key."""
        self.openssl("req", *KEY, "-keyout", f"{who}.key", "-out", f"{who}.csr", "-subj", subject or f"/CN={who}")
        (self.folder / f"{who}.ext").write_text(f"subjectAltName={names}\n")
        self.openssl(
            *(
                "ca",
                "-batch",
                "-config",
                "openssl.cnf",
                "-cert",
                f"{self.name}.pem",
                "-keyfile",
                f"{self.name}.key",
                "-notext",
            ),
            *(
                "-startdate",
                dates[0],
                "-enddate",
                dates[1],
                "-in",
                f"{who}.csr",
                "-out",
                f"{who}.pem",
                "-extfile",
                f"{who}.ext",
            ),
        )
        return self.folder / f"{who}.pem", self.folder / f"{who}.key"


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificates:
    ours: Authority
    stranger: Authority
    server: tuple[Path, Path]
    expired: tuple[Path, Path]
    early: tuple[Path, Path]
    other_name: tuple[Path, Path]
    strange_server: tuple[Path, Path]
    client: tuple[Path, Path]
    expired_client: tuple[Path, Path]
    strange_client: tuple[Path, Path]


def make_certificates(folder: Path) -> Certificates:
    ours, stranger = Authority(folder / "ours", "ours").make(), Authority(folder / "stranger", "stranger").make()
    names = f"DNS:{NAME},IP:{HERE}"
    return Certificates(
        ours,
        stranger,
        ours.sign("server", names),
        ours.sign("expired", names, PAST),
        ours.sign("early", names, FUTURE),
        ours.sign("other", "DNS:fix.other.test"),
        stranger.sign("server", names),
        ours.sign("desk-1", "URI:fix:CLIENT1,DNS:desk-1.client.test", subject="/O=Firm, Inc/CN=desk-1"),
        ours.sign("expired-client", "DNS:desk-2.client.test", PAST),
        stranger.sign("strange-client", "DNS:desk-3.client.test"),
    )
