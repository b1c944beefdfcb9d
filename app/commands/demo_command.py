"""`wayproof demo`: the sample consortium."""

from __future__ import annotations

import argparse

from app import demo


def run(called: argparse.Namespace) -> int:
    """`wayproof demo [--headless]`"""
    return demo.run(called.profile / "demo", headless=called.headless, as_json=called.json, screenshots=called.screenshots)
