"""Outlines of the world: Natural Earth 1:50m (public domain) by way of npm `world-atlas` 2.0.2 (ISC); made by build.py."""
