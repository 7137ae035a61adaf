# The Elixir app's entries of both queues, for elixir_app/config/config.exs: docs/a-queue-of-your-own.md explains them.
import Config

config :badge_forge, :queues,
  notices: [worker: RoomSigns.Notice, contract: :example_notice, limit: 2, timeout_s: 60],
  signs: [worker: "room_signs.MakeSign", contract: :example_sign]
