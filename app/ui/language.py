"""The window in the user's language: texts from a catalogue, Qt's own from Qt, the direction of writing, numbers and dates.

The language is set before the first widget is made and stays until the program ends: a widget takes its words when it is made.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from app import language
from app.language import Tongue

_QT_FILES = {"zh": "zh_CN"}


class CatalogueTranslator(QTranslator):
    """Answers Qt's `tr` from a catalogue. The class that asks is not told apart: one English text, one translation."""

    def __init__(self, tongue: Tongue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tongue = tongue

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        """The translation, or None where the catalogue has none: then Qt asks the next translator."""
        return self._tongue.text(disambiguation or "", source, n)

    def isEmpty(self) -> bool:
        """Whether there is nothing to ask for."""
        return not self._tongue.texts


def speak(application: QApplication, tongue: Tongue) -> None:
    """Let the whole application speak a language. To be called before the window is made."""
    for old in application.findChildren(QTranslator):
        application.removeTranslator(old)
        old.deleteLater()
    language.use(tongue)
    QLocale.setDefault(QLocale(tongue.code) if tongue.code in language.LANGUAGES else QLocale.c())
    right = tongue.code in language.RIGHT_TO_LEFT
    application.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight)
    if not tongue.texts:
        return
    for translator in (_qt(tongue.code, application), CatalogueTranslator(tongue, application)):
        if translator is not None:
            application.installTranslator(translator)


def chosen(preference: str) -> str:
    """The language's code for a preference, by what the system prefers where that is `system`."""
    return language.choose(preference, QLocale.system().uiLanguages())


def counted(one: str, many: str, count: int) -> str:
    """The form of a text that fits a count, with its placeholders still in it: ``{count} hour`` or ``{count} hours``."""
    said = QCoreApplication.translate("", one, None, count)
    return (one if count == 1 else many) if said == one else said


def _qt(code: str, parent: QObject) -> QTranslator | None:
    """Qt's own words: buttons of dialogs, menus of text fields."""
    made = QTranslator(parent)
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    return made if made.load(str(folder / f"qtbase_{_QT_FILES.get(code, code)}.qm")) else None
