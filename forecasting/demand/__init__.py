"""Demand: what will sell. `Forecaster` is the door; `read_panel` the intake."""

from forecasting.demand.forecaster import Explanation, Forecast, Forecaster
from forecasting.demand.note import Note
from forecasting.demand.series import Panel, read_panel

__all__ = ["Explanation", "Forecast", "Forecaster", "Note", "Panel", "read_panel"]
