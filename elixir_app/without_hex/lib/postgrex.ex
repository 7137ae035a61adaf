defmodule Postgrex do
  @moduledoc "What `:after_connect` needs of Postgrex: a query on one connection, here OTP's `:odbc`."

  @doc "Run a statement without parameters, or raise."
  def query!(odbc, sql, []) do
    with {:error, reason} <- :odbc.sql_query(odbc, :binary.bin_to_list(sql)),
         do: raise("the session can't be prepared: #{inspect(reason)}")
  end
end
