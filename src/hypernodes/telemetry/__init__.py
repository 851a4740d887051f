"""Listeners that people look at: progress, a timeline, traces and logs."""

from __future__ import annotations

from hypernodes.telemetry.logs import LogContext
from hypernodes.telemetry.progress import ProgressCallback
from hypernodes.telemetry.timeline import Timeline
from hypernodes.telemetry.tracing import OpenTelemetryListener

__all__ = ["LogContext", "OpenTelemetryListener", "ProgressCallback", "Timeline"]
