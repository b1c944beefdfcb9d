"""A fitted detector as one file: numbers in an npz (never a pickle) and a model card in JSON, ready to be anchored on the chain.

The card names what a verifier needs: the hash of the numbers, of the features, the root over the tables it was trained on.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from chain.errors import BadInput
from forecasting.calibrate import Calibration, Reference
from forecasting.design import NEAR
from forecasting.features import FEATURES
from forecasting.judge import Judge
from forecasting.kinds import Kinds
from forecasting.mixture import KIND_WIDTH, Mixture

LARGEST = 64_000_000
FORM = 1  # of the file; a reader refuses others
DAMAGED = (
    ValueError, KeyError, TypeError, IndexError, OverflowError, EOFError, RuntimeError, NotImplementedError, struct.error,
    zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What the standard library and numpy raise over bytes that are no model."""


def features_hash() -> str:
    """SHA-256 over the features' names, units and words: the meaning of a model's columns."""
    told = [[f.name, f.unit, f.words] for f in FEATURES] + [[name] for name in NEAR]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()


def numbers(mixture: Mixture) -> dict[str, NDArray[Any]]:
    """Everything a model is, as arrays."""
    found = {"form": np.array([FORM]), "share": np.array([mixture.share])}
    found |= mixture.base.arrays("base_") | mixture.kinds.arrays("kinds_") | mixture.honest.arrays("honest_")
    if mixture.own is not None:
        found |= mixture.own.arrays("own_")
    if mixture.recast is not None:
        found |= mixture.recast.arrays("recast_")
    return found


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over the arrays in the order of their names: name, type, shape, bytes."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        if name != "card":
            own = np.ascontiguousarray(arrays[name])
            found.update(f"{name}\0{own.dtype.str}\0{own.shape}\0".encode())
            found.update(own.tobytes())
    return found.hexdigest()


def card(mixture: Mixture, training: Mapping[str, object], metrics: Mapping[str, float]) -> dict[str, object]:
    """The model card, without secrets and without times, so that equal models have equal cards.

    `metrics`: the model's figures on the canary (`canary.metrics`), which anybody can measure again.
    """
    return {
        "form": FORM,
        "model_sha256": digest(numbers(mixture)),
        "features_sha256": features_hash(),
        "features": len(FEATURES),
        "kinds": list(mixture.kinds.names),
        "share_of_own_judge": round(mixture.share, 6),
        "honest_reference": int(mixture.honest.total),
        "training": dict(training),
        "metrics": dict(metrics),
    }


def write(
    mixture: Mixture, path: Path, training: Mapping[str, object], metrics: Mapping[str, float] | None = None
) -> dict[str, object]:
    """Save a model and its card in one file; the card. Raises BadInput where the file cannot be written."""
    arrays, told = numbers(mixture), card(mixture, training, metrics or {})
    arrays["card"] = np.frombuffer(orjson.dumps(told, option=orjson.OPT_SORT_KEYS), np.uint8)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            plain = io.BytesIO()
            np.lib.format.write_array(plain, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), plain.getvalue(), zipfile.ZIP_DEFLATED, 9)
    draft = path  # what is no file, as a device, is written into; a model that stands there stays until this one is whole
    try:
        if path.is_file() or not path.exists():
            draft = path.with_name(f".{path.name[:40]}.{os.getpid()}.tmp")
        draft.write_bytes(whole.getvalue())
        if draft != path:
            draft.replace(path)
    except OSError as error:
        if draft != path:
            draft.unlink(missing_ok=True)
        raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from error
    return told


def read(path: Path) -> tuple[Mixture, dict[str, Any]]:
    """A model and its card. Raises BadInput in one sentence where the file is no such model or its card does not fit it."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{path} is larger than any model of this program.")
        return parse(path.read_bytes())
    except OSError as error:
        raise BadInput(f"The model {path} cannot be read: {error.strerror or error}.") from error
    except DAMAGED as error:
        raise BadInput(f"{path} is not a model of this version of Wayproof.", reason=str(error)) from error


def parse(raw: bytes) -> tuple[Mixture, dict[str, Any]]:
    """A model from a file's bytes. Raises one of DAMAGED."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(info.file_size for info in archive.infolist()) > 4 * LARGEST:
            raise ValueError("a model that unpacks beyond bounds")
    with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    told = orjson.loads(arrays.pop("card").tobytes())
    if int(arrays["form"][0]) != FORM or told["features_sha256"] != features_hash():
        raise ValueError("a model of other features")
    if told["model_sha256"] != digest(arrays):
        raise ValueError("the card is not this model's")
    share = float(arrays["share"][0])
    if not 0 <= share < 1:
        raise ValueError("a share outside its bounds")
    base = Judge.of_arrays(arrays, "base_")
    own = Judge.of_arrays(arrays, "own_") if "own_linear" in arrays else None
    recast = Calibration.of_arrays(arrays, "recast_") if "recast_knots" in arrays else None
    told_kinds = Kinds.of_arrays(arrays, "kinds_", KIND_WIDTH)
    return Mixture(base, own, recast, share, told_kinds, Reference.of_arrays(arrays, "honest_")), told


def shipped() -> tuple[Mixture, dict[str, Any]]:
    """The model that comes with the program. Raises BadInput where it is missing or not this version's."""
    try:
        return parse(resources.files("resources").joinpath("detector", "model.npz").read_bytes())
    except (OSError, ModuleNotFoundError, *DAMAGED) as error:
        raise BadInput("The detector that comes with the program is missing or of another version.", reason=str(error)) from error


def root(paths: list[Path]) -> str:
    """A Merkle root (RFC 6962 hashing) over the SHA-256 of files, in the order given: what a model was trained on."""
    level = [hashlib.sha256(b"\0" + _file(path)).digest() for path in paths]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    return _root(level).hex()


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    cut = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + _root(leaves[:cut]) + _root(leaves[cut:])).digest()


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
