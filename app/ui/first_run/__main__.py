"""Pictures of the assistant, light and dark: `python -m app.ui.first_run FOLDER`. What is on them was made for the purpose."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from app.ui import theme
from app.ui.first_run.assistant import Assistant
from app.ui.run import application
from app.ui.screenshots import pin_font, save_picture

_SIZE = (1000, 760)


def draw(folder: Path, empty: Path) -> list[Path]:
    """Draw every page of the assistant of an empty profile into `folder`; the files made."""
    qt = application()
    qt.setCursorFlashTime(0)
    pin_font(qt)
    made = []
    for name, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
        theme.apply(qt, colours)
        assistant = Assistant(empty)
        assistant.resize(*_SIZE)
        assistant.show()
        for what, page in (("choose", None), ("demo", assistant.founding), ("join", assistant.join), ("start", assistant.start)):
            if page is not None:
                assistant.show_page(page)
            if page is assistant.founding:
                assistant.founding.progressed.emit("blocks", 214, 520)
            if page is assistant.join:
                words = "babab dabab fodam gutih bovij lusab datan kulon"
                assistant.join.show_pack("Trust pack “Alpine Pharma”, version 3, network 1337. Its words are:", words)
            qt.processEvents()
            made.append(folder / f"first-run-{what}-{name}.png")
            save_picture(assistant.grab().toImage(), made[-1])
        assistant.close()
        assistant.deleteLater()
    return made


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with TemporaryDirectory() as apart:
        for path in draw(Path(sys.argv[1]), Path(apart)):
            sys.stdout.write(f"{path}\n")
