"""Writes a Whisper model converted for CTranslate2 as whisper.cpp reads it, so that both run on the same weights.

    python -m benchmarks.whisper_cpp.convert MODEL_FOLDER OUT.bin

Weights of two dimensions are written in 8 bits (blocks of 32 with a scale in 16: Q8_0), as faster-whisper computes in
8 bits too; convolutions stay in 16, what is small in 32. ConversionError where a model is not as expected.

Sources: CTranslate2, src/models/model.cc (binary version 6); whisper.cpp, models/convert-pt-to-ggml.py and
examples/quantize; ggml, block_q8_0.
"""

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}
_MAGIC = 0x67676D6C
_F32, _F16, _Q8 = 0, 1, 8
_MOSTLY_Q8 = 2 * 1000 + 7  # version of the quantization, then the kind of file
_TEXT_TOKENS = 50257
_HEAD = 64
_FRAMES = 201

Tensor = npt.NDArray[np.float32]


class ConversionError(ValueError):
    """The model is not one that this script knows."""


def convert(folder: Path, out: Path) -> None:
    """Write the model of ``folder`` to ``out``."""
    with (folder / "model.bin").open("rb") as source:
        variables = dict(_variables(source))
    state = variables["encoder/layer_norm/gamma"].shape[0]
    layers = [
        sum(f"{side}/layer_{n}/ffn/linear_0/weight" in variables for n in range(99)) for side in ("encoder", "decoder")
    ]
    vocabulary = variables["decoder/embeddings/weight"].shape[0]
    mels = variables["encoder/conv1/weight"].shape[1]
    with out.open("wb") as target:
        target.write(
            struct.pack(
                "<12i", _MAGIC, vocabulary, variables["encoder/position_encodings/encodings"].shape[0], state,
                state // _HEAD, layers[0], variables["decoder/position_encodings/encodings"].shape[0], state,
                state // _HEAD, layers[1], mels, _MOSTLY_Q8,
            )
        )  # fmt: skip
        _write_filters(target, mels)
        _write_tokens(target, folder / "tokenizer.json")
        for name, tensor in _named(variables, layers, state):
            _write_tensor(target, name, tensor)


def _variables(source: BinaryIO) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    (version,) = struct.unpack("<I", source.read(4))
    if version != 6:
        raise ConversionError(f"CTranslate2 binary version {version}; expected 6")
    if (spec := _string(source)) != "WhisperSpec":
        raise ConversionError(f"a model of {spec}; expected WhisperSpec")
    _, count = struct.unpack("<II", source.read(8))
    for _ in range(count):
        name = _string(source)
        (rank,) = struct.unpack("<B", source.read(1))
        shape = struct.unpack(f"<{rank}I", source.read(4 * rank))
        kind, size = struct.unpack("<BI", source.read(5))
        data = source.read(size)
        if kind not in _TYPES:
            raise ConversionError(f"{name}: values of kind {kind}")
        yield name, np.frombuffer(data, _TYPES[kind]).reshape(shape)


def _string(source: BinaryIO) -> str:
    (length,) = struct.unpack("<H", source.read(2))
    return source.read(length).rstrip(b"\0").decode()


def _named(
    variables: dict[str, npt.NDArray[np.generic]], layers: list[int], state: int
) -> Iterator[tuple[str, Tensor]]:
    """Tensors under the names of the original model; fused ones are parted."""

    def get(name: str) -> Tensor:
        return variables[name].astype(np.float32)

    def norm(theirs: str, ours: str) -> Iterator[tuple[str, Tensor]]:
        yield f"{ours}.weight", get(f"{theirs}/gamma")
        yield f"{ours}.bias", get(f"{theirs}/beta")

    def linear(theirs: str, *ours: str) -> Iterator[tuple[str, Tensor]]:
        for part, name in enumerate(ours):
            rows = slice(part * state, (part + 1) * state) if len(ours) > 1 else slice(None)
            yield f"{name}.weight", get(f"{theirs}/weight")[rows]
            if not name.endswith("key"):  # which has no bias
                yield f"{name}.bias", get(f"{theirs}/bias")[rows]

    for side, count in zip(("encoder", "decoder"), layers, strict=True):
        yield f"{side}.positional_embedding", get(f"{side}/position_encodings/encodings")
        for number in range(count):
            theirs, ours = f"{side}/layer_{number}", f"{side}.blocks.{number}"
            attention = [f"{ours}.attn.{part}" for part in ("query", "key", "value", "out")]
            yield from norm(f"{theirs}/self_attention/layer_norm", f"{ours}.attn_ln")
            yield from linear(f"{theirs}/self_attention/linear_0", *attention[:3])
            yield from linear(f"{theirs}/self_attention/linear_1", attention[3])
            if side == "decoder":
                crossed = [f"{ours}.cross_attn.{part}" for part in ("query", "key", "value", "out")]
                yield from norm(f"{theirs}/attention/layer_norm", f"{ours}.cross_attn_ln")
                yield from linear(f"{theirs}/attention/linear_0", crossed[0])
                yield from linear(f"{theirs}/attention/linear_1", *crossed[1:3])
                yield from linear(f"{theirs}/attention/linear_2", crossed[3])
            yield from norm(f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln")
            yield from linear(f"{theirs}/ffn/linear_0", f"{ours}.mlp.0")
            yield from linear(f"{theirs}/ffn/linear_1", f"{ours}.mlp.2")
    for number in (1, 2):
        yield f"encoder.conv{number}.weight", get(f"encoder/conv{number}/weight")
        yield f"encoder.conv{number}.bias", get(f"encoder/conv{number}/bias")[:, None]
    yield from norm("encoder/layer_norm", "encoder.ln_post")
    yield from norm("decoder/layer_norm", "decoder.ln")
    yield "decoder.token_embedding.weight", get("decoder/embeddings/weight")


def _write_tensor(target: BinaryIO, name: str, tensor: Tensor) -> None:
    kind = _F32
    if name.endswith(".weight") and tensor.ndim == 3:
        kind = _F16
    elif name.endswith(".weight") and tensor.ndim == 2:
        kind = _Q8
    title = name.encode()
    target.write(struct.pack("<3i", tensor.ndim, len(title), kind))
    target.write(struct.pack(f"<{tensor.ndim}i", *reversed(tensor.shape)))
    target.write(title)
    target.write(_eight_bits(tensor) if kind == _Q8 else tensor.astype("<f2" if kind == _F16 else "<f4").tobytes())


def _eight_bits(tensor: Tensor) -> bytes:
    blocks = tensor.reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
    values = np.rint(np.divide(blocks, scale, out=np.zeros_like(blocks), where=scale > 0)).astype(np.int8)
    return np.concatenate([scale.astype("<f2").view(np.int8), values], axis=1).tobytes()


def _write_filters(target: BinaryIO, mels: int) -> None:
    from faster_whisper.feature_extractor import FeatureExtractor

    filters = FeatureExtractor.get_mel_filters(16000, 400, n_mels=mels).astype("<f4")
    target.write(struct.pack("<2i", mels, _FRAMES) + filters.tobytes())


def _write_tokens(target: BinaryIO, tokenizer: Path) -> None:
    """The tokens of text as bytes; whisper.cpp names the others itself."""
    vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    tokens = {number: token for token, number in vocabulary.items() if number < _TEXT_TOKENS}
    letters = _letters()
    target.write(struct.pack("<i", len(tokens)))
    for number in range(len(tokens)):
        data = bytes(letters[letter] for letter in tokens[number]) if number in tokens else b""
        target.write(struct.pack("<i", len(data)) + data)


def _letters() -> dict[str, int]:
    """The printable letter that stands for each byte in the vocabulary (GPT-2, encoder.py)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
