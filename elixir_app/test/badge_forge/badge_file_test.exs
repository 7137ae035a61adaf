defmodule BadgeForge.BadgeFileTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{BadgeFile, ContractError}

  @pdf "%PDF-1.7\nAda Lovelace\n"
  @secret "%PDF-1.7\nnot for printing\n"

  setup :folders

  setup %{badges: badges, root: root} do
    id = Ecto.UUID.generate()
    path = Path.join(badges, "ada-#{id}.pdf")
    File.write!(path, @pdf)
    secret = Path.join(root, "secret-#{id}.pdf")
    File.write!(secret, @secret)

    %{badge: %{id: id, path: path, sha256: sha256(@pdf)}, secret: secret}
  end

  defp at(badge, path), do: %{badge | path: path}

  defp refused_path(badge, badges) do
    assert {:refused, %ContractError{field: "path"} = error} = BadgeFile.read(badge, badges)
    assert error.value == badge.path
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

  test "the folder may have other paths: a symlink to it, or `..`", context do
    %{badge: badge, badges: badges, root: root} = context
    linked = Path.join(root, "linked")
    File.ln_s!(badges, linked)
    name = Path.basename(badge.path)

    assert BadgeFile.read(at(badge, Path.join(linked, name)), badges) == {:ok, @pdf}
    assert BadgeFile.read(badge, linked) == {:ok, @pdf}
    assert BadgeFile.read(at(badge, badges <> "/../badges/./" <> name), badges) == {:ok, @pdf}
  end

  describe "an attack by the path:" do
    test "a file outside, whether it exists or not", context do
      %{badge: badge, badges: badges, secret: secret} = context

      for path <- [secret, "/etc/passwd", "/no/such-#{badge.id}.pdf", badges, "/"] do
        assert refused_path(at(badge, path), badges) == "is outside the badges folder"
      end
    end

    test "a name that is too long for the file system", %{badge: badge, badges: badges} do
      path = Path.join(badges, String.duplicate("x", 300) <> "-#{badge.id}.pdf")
      assert refused_path(at(badge, path), badges) == "has a name that is too long"
    end

    test "`..` that leads out of the folder", %{badge: badge, badges: badges, secret: secret} do
      name = Path.basename(secret)

      for up <- ~w(/../ /../badges/../ /no/such/../../../) do
        assert refused_path(at(badge, badges <> up <> name), badges) =~ "outside"
      end
    end

    test "a folder whose name begins with the same characters", %{badge: badge, badges: badges} do
      path = Path.join(badges <> "-other", Path.basename(badge.path))
      File.mkdir_p!(Path.dirname(path))
      File.write!(path, @pdf)

      assert refused_path(at(badge, path), badges) =~ "outside"
    end

    test "a folder inside it", %{badge: badge, badges: badges} do
      path = Path.join([badges, "monday", Path.basename(badge.path)])
      File.mkdir_p!(Path.dirname(path))
      File.write!(path, @pdf)

      assert refused_path(at(badge, path), badges) =~ "outside"
    end

    test "another badge's file, though its bytes are known", context do
      %{badge: badge, badges: badges} = context
      other = %{badge | id: Ecto.UUID.generate()}

      assert refused_path(other, badges) =~ "must end in -<id>.pdf"
      assert refused_path(at(badge, badges <> "/#{badge.id}.pdf"), badges) =~ "must end in"
    end
  end

  describe "an attack by the file:" do
    test "a symlink to a secret, or to the badge itself", context do
      %{badge: badge, badges: badges, secret: secret} = context
      link = Path.join(badges, "link-#{badge.id}.pdf")

      for {target, content} <- [{secret, @secret}, {badge.path, @pdf}, {"loop", @pdf}] do
        File.ln_s!(target, link)
        linked = %{badge | path: link, sha256: sha256(content)}

        assert refused_path(linked, badges) == "is a symlink, not a file"
        File.rm!(link)
      end
    end

    test "a symlink to a folder outside, and the `..` of one", context do
      %{badge: badge, badges: badges, root: root, secret: secret} = context
      File.ln_s!(root, Path.join(badges, "folder"))
      File.mkdir_p!(Path.join(root, "far/deep"))
      File.ln_s!(Path.join(root, "far/deep"), Path.join(badges, "deep"))
      File.cp!(secret, Path.join([root, "far", Path.basename(secret)]))

      for folder <- ~w(folder deep/..) do
        path = Path.join([badges, folder, Path.basename(secret)])
        assert refused_path(at(badge, path), badges) =~ "outside"
      end
    end

    test "an endless loop of symlinks", %{badge: badge, badges: badges} do
      File.ln_s!("loop", Path.join(badges, "loop"))
      path = Path.join([badges, "loop", Path.basename(badge.path)])

      assert refused_path(at(badge, path), badges) =~ "too many symlinks"
    end

    test "a pipe, which would block when opened", %{badge: badge, badges: badges} do
      File.rm!(badge.path)
      {_out, 0} = System.cmd("mkfifo", [badge.path])

      assert refused_path(badge, badges) == "is a pipe or socket, not a file"
    end

    test "a folder", %{badge: badge, badges: badges} do
      File.rm!(badge.path)
      File.mkdir!(badge.path)
      assert refused_path(badge, badges) == "is a directory, not a file"
    end

    test "a hard link to a secret", %{badge: badge, badges: badges, secret: secret} do
      File.rm!(badge.path)
      File.ln!(secret, badge.path)

      assert refused_sha256(badge, badges) =~ "is not that of the file"
    end

    test "one different byte, one more, one less, or none at all", context do
      %{badge: badge, badges: badges} = context

      for pdf <- [String.replace(@pdf, "Ada", "Eda"), @pdf <> "\0", binary_part(@pdf, 0, 20), ""] do
        File.write!(badge.path, pdf)
        assert refused_sha256(badge, badges)
      end
    end

    test "a file that is larger than the memory", %{badge: badge, badges: badges} do
      # A sparse file takes no space on the disk.
      {:ok, file} = :file.open(badge.path, [:write, :raw])
      {:ok, _end} = :file.position(file, 50_000_000_000)
      :ok = :file.truncate(file)
      :ok = :file.close(file)

      assert refused_path(badge, badges) == "has more than 20 MB"
    end

    test "confirmed bytes that are not a PDF", %{badge: badge, badges: badges} do
      for content <- ["Dear PDF-", ""] do
        File.write!(badge.path, content)
        assert refused_path(%{badge | sha256: sha256(content)}, badges) == "is not a PDF"
      end
    end
  end

  # The file is replaced after its type was checked and before it is opened.
  describe "an attack that replaces the file between check and open:" do
    setup %{badge: badge}, do: %{seen: File.lstat!(badge.path)}

    test "for a symlink to a secret", %{badge: badge, secret: secret, seen: seen} do
      File.rm!(badge.path)
      File.ln_s!(secret, badge.path)

      assert BadgeFile.read_entry(badge.path, seen) ==
               {:unreadable, "was replaced while it was opened"}
    end

    test "for a device that never ends", %{badge: badge, seen: seen} do
      File.rm!(badge.path)
      File.ln_s!("/dev/zero", badge.path)

      assert {:unreadable, "was replaced" <> _} = BadgeFile.read_entry(badge.path, seen)
    end

    test "for another file", %{badge: badge, secret: secret, seen: seen} do
      File.rename!(secret, badge.path)

      assert {:unreadable, _why} = BadgeFile.read_entry(badge.path, seen)
    end

    test "for a folder", %{badge: badge, seen: seen} do
      File.rm!(badge.path)
      File.mkdir!(badge.path)

      assert {:error, :eisdir} = BadgeFile.read_entry(badge.path, seen)
    end

    test "for a longer one of the same inode", %{badge: badge, badges: badges, seen: seen} do
      File.write!(badge.path, "and more", [:append])

      assert {:ok, longer} = BadgeFile.read_entry(badge.path, seen)
      assert sha256(longer) != badge.sha256
      assert refused_sha256(badge, badges)
    end
  end

  test "files that are replaced all the time never make it read the secret", context do
    %{badge: badge, badges: badges, secret: secret} = context
    swapper = Task.async(fn -> swap(badge.path, secret) end)

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
    %{badge: badge, badges: badges} = context
    File.rm!(badge.path)
    assert BadgeFile.read(badge, badges) == {:missing, "no such file"}

    File.rm_rf!(badges)
    assert {:unreadable, "there is no badges folder" <> _} = BadgeFile.read(badge, badges)
  end
end
