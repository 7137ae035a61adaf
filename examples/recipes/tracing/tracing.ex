defmodule MyApp.Tracing do
  @doc "Return the `meta` of a job: it continues the trace of the job that runs, or begins one."
  def meta(%{"traceparent" => traceparent}), do: %{traceparent: traceparent}
  def meta(%{}), do: %{traceparent: "00-#{hex(16)}-#{hex(8)}-01"}

  defp hex(bytes), do: bytes |> :crypto.strong_rand_bytes() |> Base.encode16(case: :lower)
end
