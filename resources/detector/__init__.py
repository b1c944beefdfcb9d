"""The detector that comes with the program; `build.py` made it."""
