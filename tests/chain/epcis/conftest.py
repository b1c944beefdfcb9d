"""GS1's own schema, where it is at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest


@pytest.fixture(scope="session")
def official(shared: Path) -> Any:
    """GS1's JSON schema of EPCIS 2.0 as a validator that checks formats."""
    from jsonschema import Draft7Validator

    schema = orjson.loads((shared / "gs1-epcis" / "EPCIS-JSON-Schema.json").read_bytes())
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
