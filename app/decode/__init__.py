"""Codes on pictures: what stands in them, read in a process that can die without taking anybody along. Nothing is verified."""

from __future__ import annotations

from app.decode.code import Code, distinct_texts
from app.decode.worker import Decoder, decode_files

__all__ = ["Code", "Decoder", "decode_files", "distinct_texts"]
