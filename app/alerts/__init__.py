"""Alerts: what the detector asks about the goods on this laptop, and what people decided. Knows neither Qt nor SQL text."""
