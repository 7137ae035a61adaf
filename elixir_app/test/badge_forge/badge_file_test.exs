defmodule BadgeForge.BadgeFileTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{BadgeFile, ContractError}

  @pdf "%PDF-1.7\nAda Lovelace\n"
  @secret "%PDF-1.7\nnot for printing\n"

  setup :folders

  setup %{badges: badges, root: root} do
    id = Ecto.UUID.generate()
    file = "ada-#{id}.pdf"
    path = Path.join(badges, file)
    File.write!(path, @pdf)
    secret = Path.join(root, "secret-#{id}.pdf")
    File.write!(secret, @secret)

    %{badge: %{id: id, file: file, sha256: sha256(@pdf)}, path: path, secret: secret}
  end

  defp named(badge, file), do: %{badge | file: file}

  defp refused_file(badge, badges) do
    assert {:refused, %ContractError{field: "file"} = error} = BadgeFile.read(badge, badges)
    assert error.value == badge.file
    error.reason
  end

  defp refused_sha256(badge, badges) do
    assert {:refused, %ContractError{field: "sha256"} = error} = BadgeFile.read(badge, badges)
    assert error.value == badge.sha256
    error.reason
  end

  test "the confirmed PDF is read", %{badge: badge, badges: badges} do
    assert BadgeFile.read(badge, badges) == {:ok, @pdf}
  end

  test "the folder may be a symlink", %{badge: badge, badges: badges, root: root} do
    linked = Path.join(root, "linked")
    File.ln_s!(badges, linked)

    assert BadgeFile.read(badge, linked) == {:ok, @pdf}
  end

  describe "an attack by the name:" do
    test "a folder outside or inside, also by `..` or a symlink", context do
      %{badge: badge, badges: badges, root: root, secret: secret} = context
      File.ln_s!(root, Path.join(badges, "folder"))
      name = Path.basename(secret)

      for file <- [secret, "../" <> name, "folder/" <> name, "/etc/passwd", "./" <> badge.file] do
        assert refused_file(named(badge, file), badges) == "must be a name without a folder"
      end
    end

    test "the folder itself, or its parent", %{badge: badge, badges: badges} do
      for file <- [".", ".."],
          do: assert(refused_file(named(badge, file), badges) =~ "must end in")
    end

    test "a name that is too long for the file system", %{badge: badge, badges: badges} do
      file = String.duplicate("x", 300) <> "-#{badge.id}.pdf"
      assert refused_file(named(badge, file), badges) == "is too long a name"
    end

    test "another badge's file, though its bytes are known", %{badge: badge, badges: badges} do
      other = %{badge | id: Ecto.UUID.generate()}

      assert refused_file(other, badges) =~ "must end in -<id>.pdf"
      assert refused_file(named(badge, "#{badge.id}.pdf"), badges) =~ "must end in"
    end
  end

  describe "an attack by the file:" do
    test "a symlink to a secret, or to the badge itself", context do
      %{badge: badge, badges: badges, path: path, secret: secret} = context
      file = "link-#{badge.id}.pdf"
      link = Path.join(badges, file)

      for {target, content} <- [{secret, @secret}, {path, @pdf}, {file, @pdf}] do
        File.ln_s!(target, link)
        linked = %{badge | file: file, sha256: sha256(content)}

        assert refused_file(linked, badges) == "is a symlink, not a file"
        File.rm!(link)
      end
    end

    test "a pipe, which would block when opened", %{badge: badge, badges: badges, path: path} do
      File.rm!(path)
      {_out, 0} = System.cmd("mkfifo", [path])

      assert refused_file(badge, badges) == "is a pipe or socket, not a file"
    end

    test "a folder", %{badge: badge, badges: badges, path: path} do
      File.rm!(path)
      File.mkdir!(path)
      assert refused_file(badge, badges) == "is a directory, not a file"
    end

    test "a hard link to a secret", %{badge: badge, badges: badges, path: path, secret: secret} do
      File.rm!(path)
      File.ln!(secret, path)

      assert refused_sha256(badge, badges) =~ "is not that of the file"
    end

    test "one different byte, one more, one less, or none at all", context do
      %{badge: badge, badges: badges, path: path} = context

      for pdf <- [String.replace(@pdf, "Ada", "Eda"), @pdf <> "\0", binary_part(@pdf, 0, 20), ""] do
        File.write!(path, pdf)
        assert refused_sha256(badge, badges)
      end
    end

    test "a file that is larger than the memory", %{badge: badge, badges: badges, path: path} do
      # A sparse file takes no space on the disk.
      {:ok, file} = :file.open(path, [:write, :raw])
      {:ok, _end} = :file.position(file, 50_000_000_000)
      :ok = :file.truncate(file)
      :ok = :file.close(file)

      assert refused_file(badge, badges) == "has more than 20 MB"
    end

    test "confirmed bytes that are not a PDF", %{badge: badge, badges: badges, path: path} do
      for content <- ["Dear PDF-", ""] do
        File.write!(path, content)
        assert refused_file(%{badge | sha256: sha256(content)}, badges) == "is not a PDF"
      end
    end
  end

  # The file is replaced after its type was checked and before it is opened.
  describe "an attack that replaces the file between check and open:" do
    setup %{path: path}, do: %{seen: File.lstat!(path)}

    test "for a symlink to a secret", %{path: path, secret: secret, seen: seen} do
      File.rm!(path)
      File.ln_s!(secret, path)

      assert {:unreadable, _why} = BadgeFile.read_entry(path, seen, sha256(@pdf))
    end

    test "for a symlink to a secret of the same length", context do
      %{path: path, secret: secret, seen: seen} = context
      File.write!(secret, String.replace(@pdf, "Ada", "Eda"))
      File.rm!(path)
      File.ln_s!(secret, path)

      assert BadgeFile.read_entry(path, seen, sha256(@pdf)) ==
               {:unreadable, "was replaced while it was read"}
    end

    test "for a device that never ends", %{path: path, seen: seen} do
      File.rm!(path)
      File.ln_s!("/dev/zero", path)

      assert {:unreadable, _why} = BadgeFile.read_entry(path, seen, sha256(@pdf))
    end

    test "for a pipe, which blocks what opens it", %{path: path, seen: seen} do
      File.rm!(path)
      {_out, 0} = System.cmd("mkfifo", [path])

      assert BadgeFile.read_entry(path, seen, sha256(@pdf), 100) ==
               {:unreadable, "was not read within 0.1 s"}

      assert_nothing_opens(path)
    end

    test "for a pipe, when the print is then killed", %{path: path, seen: seen} do
      File.rm!(path)
      {_out, 0} = System.cmd("mkfifo", [path])
      print = Task.async(fn -> BadgeFile.read_entry(path, seen, sha256(@pdf)) end)
      await("the pipe to be opened", fn -> opening(path) != "" end)

      Task.shutdown(print, :brutal_kill)
      assert_nothing_opens(path)
    end

    test "for a folder", %{path: path, seen: seen} do
      File.rm!(path)
      File.mkdir!(path)

      assert {:unreadable, _why} = BadgeFile.read_entry(path, seen, sha256(@pdf))
    end

    test "for one that was truncated, or has grown", %{path: path, seen: seen} do
      for changed <- ["", binary_part(@pdf, 0, 9), @pdf <> "and more"] do
        File.write!(path, changed)

        assert BadgeFile.read_entry(path, seen, sha256(@pdf)) ==
                 {:unreadable, "can't be read, or changed while it was read"}
      end
    end
  end

  # The programs that have `path` in their command line.
  defp opening(path) do
    {lines, 0} = System.cmd("ps", ["-eo", "args"])
    lines |> String.split("\n") |> Enum.filter(&String.ends_with?(&1, path)) |> Enum.join("\n")
  end

  defp assert_nothing_opens(path) do
    await("what opens the pipe to be killed", fn -> opening(path) == "" end)
  end

  test "files that are replaced all the time never make it read the secret", context do
    %{badge: badge, badges: badges, path: path, secret: secret} = context
    swapper = Task.async(fn -> swap(path, secret) end)

    results = for _time <- 1..500, do: BadgeFile.read(badge, badges)
    Task.shutdown(swapper, :brutal_kill)

    for {:ok, pdf} <- results, do: assert(pdf == @pdf)
    assert Enum.any?(results, &(elem(&1, 0) != :ok))
  end

  defp swap(path, secret) do
    File.rm(path)
    File.ln_s(secret, path)
    File.rm(path)
    File.write(path, @pdf)
    swap(path, secret)
  end

  test "a missing file and a missing folder have different results", context do
    %{badge: badge, badges: badges, path: path} = context
    File.rm!(path)
    assert BadgeFile.read(badge, badges) == {:missing, "no such file"}

    File.rm_rf!(badges)
    assert {:unreadable, "there is no badges folder" <> _} = BadgeFile.read(badge, badges)
  end
end
