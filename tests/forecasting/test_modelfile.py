"""A model's file is there whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from chain.errors import BadInput
from forecasting import modelfile

if sys.platform == "win32":
    pytest.skip("limits on files and named pipes are of POSIX", allow_module_level=True)
from tests.full_disk import short_of_room


def test_a_full_disk_leaves_the_model_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model = modelfile.shipped()[0]
    told = modelfile.write(model, path, {"root": "none"})
    before = path.read_bytes()
    with short_of_room(10_000), pytest.raises(BadInput, match="cannot be written"):
        modelfile.write(model, path, {"root": "other"})
    assert path.read_bytes() == before
    assert modelfile.read(path)[1]["model_sha256"] == told["model_sha256"]
    assert os.listdir(tmp_path) == ["model.npz"]


def test_what_is_no_file_is_not_replaced_by_a_model(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")
    modelfile.write(modelfile.shipped()[0], tmp_path / "null", {"root": "none"})
    assert (tmp_path / "null").is_symlink()
    assert os.listdir(tmp_path) == ["null"]
