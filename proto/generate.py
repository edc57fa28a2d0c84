"""From the contract in `proto/oms/v1` to the generated code in `oms/v1`, and the checks of the contract; all of it offline.

    python proto/generate.py             writes oms/v1/*_pb2.py, *_pb2.pyi and *_pb2_grpc.py
    python proto/generate.py --check     compares them with what the contract says, lints, and looks for breaking changes
    python proto/generate.py --release   makes the contract of now the released one, which later ones are held against

protovalidate ships its `buf/validate/validate.proto` only inside a Python module of another protobuf runtime. Its file descriptor is taken
out of there, given to protoc, and compiled like our own files: `oms/v1/validate_pb2.py`, the import of which is rewritten to that place.
Breaking is what breaks journals already written or clients already built (buf's FILE rules); only additions pass.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import protovalidate
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GENERATED = ROOT / "oms" / "v1"
RELEASED = PROTO / "released.binpb"
BUF_CONFIG = PROTO / "buf.yaml"
VALIDATE = "buf/validate/validate.proto"
WITH_SERVICES = ("oms/v1/gateway.proto", "oms/v1/admin.proto")


def contract_files() -> list[str]:
    return sorted(str(path.relative_to(PROTO)) for path in PROTO.glob("oms/v1/*.proto"))


def run(*command: str) -> None:
    result = subprocess.run(command, cwd=PROTO, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{Path(command[0]).name} {' '.join(command[1:3])}: failed\n{result.stdout}{result.stderr}")


def tool(name: str) -> str:
    """A program that was installed beside this interpreter."""
    return str(Path(sys.executable).parent / name)


def protoc(*arguments: str) -> None:
    run(sys.executable, "-m", "grpc_tools.protoc", *arguments)


def validate_descriptors(target: Path) -> Path:
    """A descriptor set with protovalidate's own file and what it imports, from the installed package."""
    from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
    from protovalidate._gen.buf.validate import validate_pb

    files = FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.append(FileDescriptorProto.FromString(validate_pb.desc().proto.to_binary()))
    assert files.file[-1].name == VALIDATE, f"protovalidate {protovalidate.__file__} holds {files.file[-1].name}"
    path = target / "validate.binpb"
    path.write_bytes(files.SerializeToString(deterministic=True))
    return path


def generate(target: Path) -> None:
    """All generated files, into the directory `target`."""
    descriptors = validate_descriptors(target)
    staging = target / "staging"
    staging.mkdir()
    common = [f"--descriptor_set_in={descriptors}", f"--proto_path={PROTO}"]
    outputs = [f"--python_out={staging}", f"--pyi_out={staging}"]
    protoc(*common, *outputs, *contract_files(), VALIDATE)
    protoc(*common, f"--grpc_python_out={staging}", *WITH_SERVICES)
    descriptors.unlink()
    for path in sorted(staging.rglob("*_pb2*.py*")):
        text = path.read_text().replace("from buf.validate import validate_pb2", "from oms.v1 import validate_pb2")
        (target / path.name).write_text(text)


def build_image(target: Path, source_info: bool) -> Path:
    """The contract as one descriptor set: what buf reads. Without source information it is the same on every machine."""
    image = target / "contract.binpb"
    descriptors = validate_descriptors(target)
    extra = ["--include_source_info"] if source_info else []
    protoc(
        f"--descriptor_set_in={descriptors}",
        f"--proto_path={PROTO}",
        "--include_imports",
        *extra,
        f"--descriptor_set_out={image}",
        *contract_files(),
    )
    return image


def differing(fresh: Path) -> list[str]:
    """Generated files that are missing, superfluous, or not what the contract says."""
    made = {path.name: path.read_bytes() for path in fresh.glob("*_pb2*.py*")}
    kept = {path.name: path.read_bytes() for path in GENERATED.glob("*_pb2*.py*")}
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


def check() -> None:
    with tempfile.TemporaryDirectory() as directory:
        generate(Path(directory))
        if names := differing(Path(directory)):
            sys.exit(f"oms/v1 is not what proto/ says ({', '.join(names)}): run `make proto`")
    with tempfile.TemporaryDirectory() as directory:
        image = build_image(Path(directory), source_info=True)
        paths = [argument for file in contract_files() for argument in ("--path", file)]
        run(tool("buf"), "lint", str(image), "--config", str(BUF_CONFIG), *paths)
        if not RELEASED.exists():
            sys.exit(f"{RELEASED.name} is missing: run `python proto/generate.py --release`")
        run(tool("buf"), "breaking", str(image), "--against", str(RELEASED), "--config", str(BUF_CONFIG), *paths)


def write() -> None:
    with tempfile.TemporaryDirectory() as directory:
        generate(Path(directory))
        for name in differing(Path(directory)):
            source = Path(directory) / name
            if source.exists():
                (GENERATED / name).write_bytes(source.read_bytes())
            else:
                (GENERATED / name).unlink()


def release() -> None:
    with tempfile.TemporaryDirectory() as directory:
        RELEASED.write_bytes(build_image(Path(directory), source_info=False).read_bytes())


def main(arguments: list[str]) -> None:
    actions = {(): write, ("--check",): check, ("--release",): release}
    if tuple(arguments) not in actions:
        sys.exit(__doc__)
    actions[tuple(arguments)]()


if __name__ == "__main__":
    main(sys.argv[1:])
