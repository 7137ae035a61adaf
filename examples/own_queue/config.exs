import Config

config :badge_forge, :queues,
  notices: [worker: RoomSigns.Notice, contract: :example_notice, limit: 2, timeout_s: 60],
  signs: [worker: "room_signs.MakeSign", contract: :example_sign]
