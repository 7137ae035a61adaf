[
  inputs:
    [
      "{mix,.formatter}.exs",
      "{config,lib,test}/**/*.{ex,exs}",
      "without_hex/{mix,.formatter}.exs"
    ] ++
      ["without_hex/lib/**/*.ex"]
]
