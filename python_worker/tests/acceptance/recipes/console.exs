# Evaluates lines from stdin in the Elixir node of the recipes, and prints each result after "=> ".
spawn(fn ->
  IO.puts("=> :ready")

  for line <- IO.stream(:stdio, :line) do
    {result, _bindings} = Code.eval_string(line)
    IO.puts("=> " <> inspect(result, charlists: :as_lists))
  end

  System.halt()
end)
