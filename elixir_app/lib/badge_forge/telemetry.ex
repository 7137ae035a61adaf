defmodule BadgeForge.Telemetry do
  @moduledoc """
  The Telemetry events of this app.

  Attach to them as to any others:

      :telemetry.attach_many("my-metrics", BadgeForge.Telemetry.events(), &MyMetrics.handle/4, nil)

  Durations and times are in native units: convert them with `System.convert_time_unit/3`. Oban's own events, for
  example `[:oban, :job, :stop]`, come in addition to these where Oban is from Hex.

  ## Enqueue

  A call of `BadgeForge.enqueue/2` or `BadgeForge.enqueue_batch/2` is a span.

  | event | measurements | metadata |
  | --- | --- | --- |
  | `[:badge_forge, :enqueue, :start]` | `:system_time`, `:monotonic_time` | `:batch_id`, `:priority` |
  | `[:badge_forge, :enqueue, :stop]` | `:duration`, `:monotonic_time`, `:enqueued`, `:refused` | `:batch_id`, `:priority` |
  | `[:badge_forge, :enqueue, :exception]` | `:duration`, `:monotonic_time` | `:batch_id`, `:priority`, `:kind`, `:reason`, `:stacktrace` |
  | `[:badge_forge, :enqueue, :refused]` | `:count` (1) | `:batch_id`, `:priority`, `:error`, `:index` |

  `:batch_id` is `nil` for a single badge. `:enqueued` and `:refused` count attendees. There is one `:refused` event
  for each attendee that breaks the contract, with a `BadgeForge.ContractError` and its index in the batch, from 0.

  ## Print

  A job of `BadgeForge.PrintCenter` whose args keep the contract is a span: it reads the PDF and prints it.

  | event | measurements | metadata |
  | --- | --- | --- |
  | `[:badge_forge, :print, :start]` | `:system_time`, `:monotonic_time` | `:badge_id`, `:job`, `:printer` |
  | `[:badge_forge, :print, :stop]` | `:duration`, `:monotonic_time` | `:badge_id`, `:job`, `:printer`, `:result` |
  | `[:badge_forge, :print, :exception]` | `:duration`, `:monotonic_time` | `:badge_id`, `:job`, `:printer`, `:kind`, `:reason`, `:stacktrace` |
  | `[:badge_forge, :print, :refused]` | `:count` (1) | `:job`, `:error` |

  `:printer` is the printer's module. `:result` is what the job returns to Oban: `:ok`, `{:error, reason}`,
  `{:cancel, reason}` or `{:snooze, seconds}`. There is one `:refused` event for each job whose args break the contract, or whose PDF is not
  the confirmed one, with a `BadgeForge.ContractError`. A job whose process is killed, by a time-out for example, has
  a `:start` event only.

  | event | measurements | metadata |
  | --- | --- | --- |
  | `[:badge_forge, :printer, :job]` | `:count` (1) | `:printer`, `:outcome`, `:reason` |

  This event tells of each attempt at a printer of `BadgeForge.Printer.IPP`, by the printer's name. `:outcome` is
  `:printed`, `:blocked`, `:busy`, `:refused`, `:unreached`, `:waiting`, `:elsewhere`, `:aborted`, `:cancelled` or
  `:unknown`, and `:reason` says why, nil for `:printed`. Nothing in it is personal.

  `:job` and `:error` contain personal data, whatever `LOG_ARGS` is: a handler that writes logs has to leave them
  out.

  ## Trace

  While tracing is on (`BadgeForge.Tracing`) and OpenTelemetry is not installed, each span of a trace is an event when
  it ends: "enqueue badge" for each badge, and "print badge" for each attempt.

  | event | measurements | metadata |
  | --- | --- | --- |
  | `[:badge_forge, :span, :stop]` | `:system_time`, `:duration` | `:name`, `:kind`, `:trace_id`, `:span_id`, `:parent_span_id`, `:link`, `:attributes`, `:error` |

  `:system_time` is the start. `:kind` is `:producer` or `:consumer`. Ids are hex digits. `:parent_span_id` is nil in
  the first span of a trace. `:link` is nil or the `traceparent` of the caller of `BadgeForge.enqueue_batch/2`.
  `:error` is nil or a word. Nothing in it is personal.
  """

  @events [
    [:badge_forge, :enqueue, :start],
    [:badge_forge, :enqueue, :stop],
    [:badge_forge, :enqueue, :exception],
    [:badge_forge, :enqueue, :refused],
    [:badge_forge, :print, :start],
    [:badge_forge, :print, :stop],
    [:badge_forge, :print, :exception],
    [:badge_forge, :print, :refused],
    [:badge_forge, :printer, :job],
    [:badge_forge, :span, :stop]
  ]

  @doc "List all events of this app."
  @spec events() :: [[atom]]
  def events, do: @events
end
