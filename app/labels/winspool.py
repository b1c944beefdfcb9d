"""Raw jobs through the Windows spooler (winspool.drv): OpenPrinter, StartDocPrinter, WritePrinter.

Run on no Windows machine so far: the tests drive it with a stand-in for the library and see the calls, their order, and that a
failed job is given up.
"""

from __future__ import annotations

import ctypes
from ctypes import Structure, byref, c_ulong, c_void_p, c_wchar_p
from typing import Any

from app.labels.sending import NotSent


class DocInfo(Structure):
    """DOC_INFO_1W."""

    _fields_ = (("name", c_wchar_p), ("file", c_wchar_p), ("type", c_wchar_p))


def send(printer: str, data: bytes, title: str, library: Any = None) -> None:
    """Send bytes to a printer untouched, as one job. Raises NotSent.

    Args:
        library: winspool.drv; loaded where it is not given.
    """
    spool = library if library is not None else ctypes.WinDLL("winspool.drv", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    handle = c_void_p()
    if not spool.OpenPrinterW(c_wchar_p(printer), byref(handle), None):
        raise NotSent(f"The system knows no printer called “{printer}”, or it may not be used.", False)
    try:
        if not spool.StartDocPrinterW(handle, 1, byref(DocInfo(title, None, "RAW"))):
            raise NotSent(f"The spooler refused the job for “{printer}”.", False)
        written = c_ulong(0)
        whole = bool(spool.WritePrinter(handle, data, len(data), byref(written))) and written.value == len(data)
        if not whole:
            spool.AbortPrinter(handle)
            raise NotSent(f"The spooler took {written.value} of {len(data)} bytes for “{printer}” and no more.", True)
        if not spool.EndDocPrinter(handle):
            raise NotSent(f"The spooler did not finish the job for “{printer}”.", True)
    finally:
        spool.ClosePrinter(handle)
