"""How the window looked when it was last closed, read before anything else is.

A few words of JSON beside the database, because the database opens only after the first paint. Nothing here is a secret or a
truth; a file that cannot be read means the defaults.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from app.language import LANGUAGES, SYSTEM

NAME = "window.json"
THEMES = ("system", "light", "dark")
SPOKEN = (SYSTEM, *LANGUAGES)
_LARGEST_FILE = 4096


@dataclass(frozen=True, slots=True)
class Preferences:
    """`theme` is one of THEMES, `language` of SPOKEN; `width` and `height` are logical pixels."""

    theme: str = "system"
    width: int = 1240
    height: int = 800
    maximised: bool = False
    language: str = SYSTEM

    @classmethod
    def load(cls, profile: Path) -> Preferences:
        """What was kept in `profile`, or the defaults where that is missing, too large or nonsense."""
        path = profile / NAME
        try:
            if path.stat().st_size > _LARGEST_FILE:
                return cls()
            kept = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return cls()
        if not isinstance(kept, dict):
            return cls()
        theme, width, height, language = (kept.get(name) for name in ("theme", "width", "height", "language"))
        default = cls()
        return cls(
            theme=theme if isinstance(theme, str) and theme in THEMES else default.theme,
            width=width if isinstance(width, int) and 400 <= width <= 16_384 else default.width,
            height=height if isinstance(height, int) and 300 <= height <= 16_384 else default.height,
            maximised=kept.get("maximised") is True,
            language=language if isinstance(language, str) and language in SPOKEN else default.language,
        )

    def save(self, profile: Path) -> bool:
        """Keep this in `profile`; False where the disk refuses, which costs nothing but comfort."""
        try:
            profile.mkdir(parents=True, exist_ok=True)
            (profile / NAME).write_text(json.dumps(asdict(self)), encoding="utf-8")
        except OSError:
            return False
        return True
