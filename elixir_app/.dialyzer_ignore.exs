# OpenTelemetry's API is not a dependency of this app.
[{"lib/badge_forge/tracing/open_telemetry.ex", :unknown_function}]
