defmodule BadgeForge.Printer.SpoolTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.Printer.Spool

  setup :folders

  setup %{badges: badges} do
    args = confirmation(badges)
    %{badge: %{id: args["id"], name: args["name"], path: args["path"]}}
  end

  test "lays the PDF into the spool folder under the badge's id", %{badge: badge, spool: spool} do
    assert Spool.print(badge) == :ok
    assert File.read!(Path.join(spool, badge.id <> ".pdf")) == File.read!(badge.path)
  end

  test "prints a badge once, and never replaces it", %{badge: badge, spool: spool} do
    spooled = Path.join(spool, badge.id <> ".pdf")
    File.mkdir_p!(spool)
    File.write!(spooled, "the first one")

    assert Spool.print(badge) == :ok
    assert File.read!(spooled) == "the first one"
  end

  test "prints a badge once when many try at the same time", %{badge: badge, spool: spool} do
    tasks = for _one <- 1..20, do: Task.async(fn -> Spool.print(badge) end)

    assert Enum.uniq(Task.await_many(tasks)) == [:ok]
    assert File.ls!(spool) == [badge.id <> ".pdf"]
  end

  test "leaves nothing half done behind when it fails", %{badge: badge, spool: spool} do
    missing = %{badge | path: badge.path <> ".gone"}

    assert {:error, reason} = Spool.print(missing)
    assert reason =~ "no such file"
    assert File.ls!(spool) == []
  end

  test "says which folder it can't make", %{badge: badge, spool: spool} do
    File.write!(spool, "in the way")

    assert {:error, reason} = Spool.print(badge)
    assert reason =~ spool
  end
end
