"""Weight files: round trips, and each way in which a file may not fit."""

import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from seq2seq_cli.config import Config
from seq2seq_cli.errors import InputError
from seq2seq_cli.model.build import build_model, load_weights, read_tensors, save_weights
from seq2seq_cli.model.seq2seq import Seq2Seq

Build = Callable[..., Seq2Seq]


def refusal(model: Seq2Seq, tensors: dict[str, Tensor]) -> str:
    """The message with which `tensors` are refused; the model must stay as it was."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(InputError) as caught:
        load_weights(model, tensors, origin=Path("runs/demo/model.safetensors"))
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    return str(caught.value)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "loose"])
@pytest.mark.parametrize("kind", ["none", "bahdanau", "luong-dot", "luong-general"])
def test_weights_come_back_as_they_were(
    model: Build, tmp_path: Path, kind: str, tied: bool, seed: int
) -> None:
    saved = model(attention=kind, tie_embeddings=tied, cell="lstm")
    other = model(attention=kind, tie_embeddings=tied, cell="lstm")
    path = tmp_path / "model.safetensors"
    save_weights(path, saved.state_dict())
    load_weights(other, read_tensors(path), origin=path)
    wanted, found = saved.state_dict(), other.state_dict()
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert (other.output_weight is other.decoder.embedding.weight) == tied


def test_tied_weights_are_written_once(model: Build, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    tied = model(tie_embeddings=True)
    save_weights(path, tied.state_dict())
    written = read_tensors(path)
    assert sum(tensor.numel() for tensor in written.values()) == tied.parameter_count()


def test_averaged_weights_by_parameter_name_fit_too(model: Build, tmp_path: Path) -> None:
    """A moving average is a copy of the named parameters, in which tied ones appear once."""
    tied, other = model(tie_embeddings=True), model(tie_embeddings=True)
    average = {name: one.detach().clone() + 1 for name, one in tied.named_parameters()}
    path = tmp_path / "model.safetensors"
    save_weights(path, average)
    load_weights(other, read_tensors(path), origin=path)
    assert torch.equal(other.decoder.embedding.weight, tied.decoder.embedding.weight + 1)


def test_build_model_takes_its_sizes_from_the_configuration(
    config: Callable[..., object],
) -> None:
    settings = Config(model=config(attention="luong-concat"))
    built = build_model(settings, source_vocabulary_size=13, target_vocabulary_size=17)
    assert built.encoder.embedding.weight.shape == (13, 5)
    assert built.output_bias.shape == (17,)
    assert built.config is settings.model


def test_a_missing_tensor_is_named(model: Build) -> None:
    tensors = dict(model(tie_embeddings=False).state_dict())
    del tensors["decoder.bridge.bias"]
    message = refusal(model(tie_embeddings=False), tensors)
    assert "runs/demo/model.safetensors" in message
    assert "decoder.bridge.bias is missing, expected (7,)" in message


def test_a_tensor_too_many_is_named(model: Build) -> None:
    built = model(tie_embeddings=False)
    extra = {"decoder.\x1b[31mred": torch.zeros(1)}
    message = refusal(built, {**model(tie_embeddings=False).state_dict(), **extra})
    assert "red" in message
    assert "\x1b" not in message


def test_a_tensor_of_another_shape_is_named(model: Build) -> None:
    tensors = model(tie_embeddings=False).state_dict() | {"output_bias": torch.zeros(19)}
    message = refusal(model(tie_embeddings=False), tensors)
    assert "output_bias is (19,)" in message
    assert "expected (17,)" in message


def test_a_tensor_of_another_type_is_named(model: Build) -> None:
    tensors = model(tie_embeddings=False).state_dict()
    tensors["output_bias"] = torch.zeros(17, dtype=torch.int64)
    assert "output_bias is (17,) torch.int64" in refusal(model(tie_embeddings=False), tensors)


def test_another_kind_of_attention_does_not_fit(model: Build) -> None:
    message = refusal(model(attention="bahdanau"), model(attention="luong-general").state_dict())
    assert "does not fit its configuration" in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*nothing\.safetensors: No such file"):
        read_tensors(tmp_path / "nothing.safetensors")


def damaged_files() -> dict[str, bytes]:
    header = b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
    sized = struct.pack("<Q", len(header)) + header
    strange = b'{"a":{"dtype":"\\u001b[31m","shape":[4],"data_offsets":[0,16]}}'
    return {
        "empty": b"",
        "text": b"these are no weights at all",
        "truncated": sized + bytes(9),
        "header alone": sized,
        "header too long": struct.pack("<Q", 2**62) + header,
        "no JSON": struct.pack("<Q", 4) + b"\x1b[3m",
        "unknown type": struct.pack("<Q", len(strange)) + strange + bytes(16),
    }


@pytest.mark.parametrize("content", damaged_files().values(), ids=damaged_files())
def test_a_damaged_file_is_one_harmless_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_tensors(path)
    message = str(caught.value)
    assert "model.safetensors is damaged" in message
    assert "Copy it again" in message
    assert "\x1b" not in message


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("write", ["pickle", "torch"])
def test_a_pickle_is_refused_and_never_executed(tmp_path: Path, write: str) -> None:
    path, mark = tmp_path / "model.safetensors", tmp_path / "executed"
    if write == "pickle":
        path.write_bytes(pickle.dumps(Payload(mark)))
    else:
        torch.save({"a": Payload(mark)}, path)
    with pytest.raises(InputError, match="damaged"):
        read_tensors(path)
    assert not mark.exists()
    with path.open("rb") as file:
        torch.load(file, weights_only=False) if write == "torch" else pickle.load(file)
    assert mark.exists(), "the payload itself must work for this test to mean anything"


def test_nothing_but_the_weights_is_left_in_the_folder(model: Build, tmp_path: Path) -> None:
    for _ in range(2):
        save_weights(tmp_path / "model.safetensors", model().state_dict())
    assert [one.name for one in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_flipped_bit_in_the_weights_is_named(model: Build, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_weights(path, model().state_dict())
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"is damaged \(its checksum does not fit\)"):
        read_tensors(path)


def test_weights_of_before_there_were_checksums_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(save({"a": torch.ones(3)}))
    assert torch.equal(read_tensors(path)["a"], torch.ones(3))
