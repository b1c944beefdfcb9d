"""Fonts for labels: DejaVu Sans 2.37, whose licence lies beside it."""
