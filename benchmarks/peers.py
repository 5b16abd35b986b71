"""Makes the peers' environments: one folder for each peer, plain pip, pinned versions.

    python -m benchmarks.peers --peers DIR [opennmt] [joeynmt] [yoyodyne]

Each peer gets the version of torch that s2s itself runs on. Knows nothing of what is measured.
"""

import argparse
import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

DEFAULT_PEERS = Path("~/.cache/s2s-benchmarks")
INSTALLED = "installed.json"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """What pip installs for one peer."""

    title: str
    package: str
    """Installed by itself, without what it asks for."""
    needs: tuple[str, ...]
    """What it imports in this benchmark, beside torch and numpy."""
    workaround: str
    """What it takes to run on today's torch, for the page."""


PEERS = {
    "opennmt": Peer(
        title="OpenNMT-py 3.5.1",
        package="OpenNMT-py==3.5.1",
        needs=(
            "configargparse",
            "pyahocorasick",
            "pyonmttok",
            "pyyaml",
            "rapidfuzz",
            "sacrebleu",
            "six",
        ),
        workaround="installed with `--no-deps`, since it asks for torch below 2.3; empty modules "
        "stand in for `spacy` and `fasttext`, which it imports at start and does not use here",
    ),
    "joeynmt": Peer(
        title="Joey NMT 2.3.0",
        package="joeynmt==2.3.0",
        needs=(
            "importlib_metadata",
            "matplotlib",
            "packaging",
            "pyyaml",
            "sacrebleu",
            "sacremoses",
            "sentencepiece",
            "setuptools",
            "subword-nmt",
            "tensorboard",
            "tqdm",
        ),
        workaround="installed with `--no-deps`, since it asks for an old protobuf; its `plateau` "
        "scheduler crashes on this torch (`verbose` is gone), so the learning rate is constant "
        "(`exponential` with a factor of 1)",
    ),
    "yoyodyne": Peer(
        title="Yoyodyne 0.5.27",
        package="yoyodyne==0.5.27",
        needs=(
            "PyYAML",
            "jsonargparse[signatures]>=4.40,<5",
            "lightning>=2.6,<3",
            "maxwell>=0.2.6",
            "omegaconf>=2.3",
            "rich>=15",
            "torchmetrics>=1.8.2,<2",
            "wandb>=0.18.7,<1",
        ),
        workaround="installed without torchvision and torchaudio, which it asks for and never "
        "imports, and which do not load beside a CPU build of torch",
    ),
}


def python_of(peers: Path, name: str) -> Path:
    """The interpreter of a peer's environment."""
    return peers / name / "bin" / "python"


def is_made(peers: Path, name: str) -> bool:
    """Whether the environment is there and was made from this very list."""
    record = peers / name / INSTALLED
    return record.exists() and json.loads(record.read_text(encoding="utf-8")) == _recipe(name)


def make(peers: Path, name: str) -> None:
    """Make a peer's environment, unless it is there already."""
    if is_made(peers, name):
        return
    peer = PEERS[name]
    print(f"installing {peer.title} ...", file=sys.stderr, flush=True)
    venv.create(peers / name, with_pip=True, clear=True)
    _pip(peers, name, f"torch=={_torch_version()}", "numpy")
    _pip(peers, name, "--no-deps", peer.package)
    _pip(peers, name, *peer.needs)
    record = peers / name / INSTALLED
    record.write_text(json.dumps(_recipe(name)), encoding="utf-8")


def versions(peers: Path, name: str) -> dict[str, str]:
    """Installed versions that matter for a peer's figures."""
    code = (
        "import json, importlib.metadata as m;"
        f"print(json.dumps({{n: m.version(n) for n in ['torch', 'numpy', {_name(name)!r}]}}))"
    )
    done = subprocess.run(
        [python_of(peers, name), "-c", code], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def _name(name: str) -> str:
    return PEERS[name].package.split("==")[0]


def _torch_version() -> str:
    return version("torch").split("+")[0]


def _recipe(name: str) -> dict[str, object]:
    peer = PEERS[name]
    return {"torch": _torch_version(), "package": peer.package, "needs": list(peer.needs)}


def _pip(peers: Path, name: str, *arguments: str) -> None:
    command = [python_of(peers, name), "-m", "pip", "install", "--quiet", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"pip could not install {' '.join(arguments)} for {name}:\n{done.stderr[-2000:]}")


def main() -> None:
    """Make the environments that are named, or all."""
    parser = argparse.ArgumentParser(description="Make the environments of the peers.")
    parser.add_argument("names", nargs="*", metavar="PEER")
    parser.add_argument("--peers", type=Path, default=DEFAULT_PEERS, metavar="DIR")
    options = parser.parse_args()
    for name in options.names or PEERS:
        make(options.peers.expanduser().resolve(), name)
        print(name, json.dumps(versions(options.peers.expanduser().resolve(), name)))


if __name__ == "__main__":
    main()
