defmodule Oban.PerformError, do: defexception([:message])
defmodule Oban.TimeoutError, do: defexception([:message])
defmodule Oban.CrashError, do: defexception([:message])
