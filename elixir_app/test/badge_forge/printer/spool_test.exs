defmodule BadgeForge.Printer.SpoolTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.Printer.Spool

  setup :folders

  setup %{badges: badges, spool: spool} do
    args = confirmation(badges)
    path = Path.join(badges, args["file"])

    badge = %{
      id: args["id"],
      name: args["name"],
      path: path,
      pdf: File.read!(path),
      copy: nil,
      version: 1
    }

    %{badge: badge, spooled: Path.join(spool, args["id"] <> ".pdf")}
  end

  test "writes the PDF into the spool folder under the badge's id", context do
    %{badge: badge, spool: spool, spooled: spooled} = context

    assert Spool.print(badge, spool) == :ok
    assert File.read!(spooled) == badge.pdf
  end

  test "a new folder and its badges are for their owner only, whatever the umask", context do
    %{badge: badge, spool: spool, spooled: spooled} = context
    refute File.exists?(spool)

    assert Spool.print(badge, spool) == :ok
    assert {permissions(spool), permissions(spooled)} == {0o700, 0o600}
  end

  test "a badge is readable by those who can read the folder", context do
    %{badge: badge, spool: spool, spooled: spooled} = context
    File.mkdir_p!(spool)
    File.chmod!(spool, 0o750)

    assert Spool.print(badge, spool) == :ok
    assert permissions(spooled) == 0o640
  end

  defp permissions(path), do: rem(File.stat!(path).mode, 0o1000)

  test "writes the bytes that were checked, not the file that is at the path now", context do
    %{badge: badge, spool: spool, spooled: spooled} = context
    File.write!(badge.path, "%PDF-1.7\nnot for printing")

    assert Spool.print(badge, spool) == :ok
    assert File.read!(spooled) == badge.pdf
  end

  test "removes the temporary files of a killed app when it starts, and no badge", context do
    %{badge: badge, spool: spool, spooled: spooled} = context
    assert Spool.print(badge, spool) == :ok
    File.write!(spooled <> ".0123456789abcdef.tmp", "half a badge")

    assert Spool.init([]) == spool
    assert File.ls!(spool) == [Path.basename(spooled)]
  end

  test "writes a badge once and never replaces it", context do
    %{badge: badge, spool: spool, spooled: spooled} = context
    File.mkdir_p!(spool)
    File.write!(spooled, "the first one")

    assert Spool.print(badge, spool) == :ok
    assert File.read!(spooled) == "the first one"
  end

  test "writes a copy beside the badge, once for each number", context do
    %{badge: badge, spool: spool} = context
    copies = [nil, 4711, 4711, 4712]

    for copy <- copies, do: assert(Spool.print(%{badge | copy: copy}, spool) == :ok)

    expected = for name <- ["", "-4711", "-4712"], do: badge.id <> name <> ".pdf"
    assert Enum.sort(File.ls!(spool)) == Enum.sort(expected)
  end

  test "a later version of a badge replaces the earlier ones and their copies", context do
    %{badge: badge, spool: spool} = context
    other = %{badge | id: String.replace(badge.id, ~r/^./, "f")}

    for one <- [badge, %{badge | copy: 4711}, %{badge | version: 2}, other],
        do: assert(Spool.print(one, spool) == :ok)

    expected = [badge.id <> "-v2.pdf", other.id <> ".pdf"]
    assert Enum.sort(File.ls!(spool)) == Enum.sort(expected)

    later = [%{badge | version: 2, copy: 4712}, %{badge | version: 10}]
    for one <- later, do: assert(Spool.print(one, spool) == :ok)
    assert Enum.sort(File.ls!(spool)) == Enum.sort([badge.id <> "-v10.pdf", other.id <> ".pdf"])
  end

  test "writes a badge once when several processes print it at the same time", %{
    badge: badge,
    spool: spool
  } do
    tasks = for _one <- 1..20, do: Task.async(fn -> Spool.print(badge, spool) end)

    assert Enum.uniq(Task.await_many(tasks, hang_ms())) == [:ok]
    assert File.ls!(spool) == [badge.id <> ".pdf"]
  end

  test "leaves no temporary file behind when it fails", context do
    %{badge: badge, spool: spool, spooled: spooled} = context
    File.mkdir_p!(spool)

    assert Spool.write(badge.pdf, Path.join(spool, "gone/badge.pdf"), spooled <> ".tmp") ==
             {:error, :enoent}

    assert File.ls!(spool) == []
  end

  describe "an attack in the spool folder:" do
    setup %{root: root, spool: spool} do
      File.mkdir_p!(spool)
      victim = Path.join(root, "victim")
      File.write!(victim, "precious")

      %{victim: victim}
    end

    test "a symlink under the badge's name is not followed, and is an error", context do
      %{badge: badge, root: root, spool: spool, spooled: spooled, victim: victim} = context

      for target <- [victim, Path.join(root, "made by following")] do
        File.ln_s!(target, spooled)

        assert {:error, reason} = Spool.print(badge, spool)
        assert reason == spooled <> ": is a symlink, not a badge: remove it"
        File.rm!(spooled)
      end

      assert File.read!(victim) == "precious"
      assert Enum.sort(File.ls!(root)) == ~w(badges spool victim)
    end

    test "a hard link under the badge's name is not written to, and counts as printed", context do
      %{badge: badge, spool: spool, spooled: spooled, victim: victim} = context
      File.ln!(victim, spooled)

      assert Spool.print(badge, spool) == :ok
      assert File.read!(victim) == "precious"
      assert File.ls!(spool) == [badge.id <> ".pdf"]
    end

    test "a symlink that appears at the last moment is not followed either", context do
      %{badge: badge, spooled: spooled, victim: victim} = context
      File.ln_s!(victim, spooled)

      assert Spool.write(badge.pdf, spooled, spooled <> ".tmp") == {:error, :eexist}
      assert File.read!(victim) == "precious"
    end

    test "an existing temporary file is not written to", context do
      %{badge: badge, spooled: spooled, victim: victim} = context
      temporary = spooled <> ".tmp"

      for plant <- [&File.ln_s!(victim, &1), &File.ln!(victim, &1)] do
        plant.(temporary)
        assert Spool.write(badge.pdf, spooled, temporary) == {:error, :eexist}
        assert File.read!(victim) == "precious"
        refute File.exists?(spooled)
        File.rm!(temporary)
      end
    end

    test "temporary files with guessed names do not stop a badge", context do
      %{badge: badge, spool: spool, spooled: spooled, victim: victim} = context
      for number <- 1..100, do: File.ln_s!(victim, "#{spooled}.#{System.pid()}-#{number}.tmp")

      assert Spool.print(badge, spool) == :ok
      assert File.read!(spooled) == badge.pdf
    end
  end

  test "names the folder that it can't create", %{badge: badge, spool: spool} do
    File.write!(spool, "in the way")

    assert {:error, reason} = Spool.print(badge, spool)
    assert reason =~ spool
  end
end
