defmodule BadgeForge.BadgeFileTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.BadgeFile

  setup :folders

  setup %{badges: badges, root: root} do
    badge = Path.join(badges, "badge.pdf")
    File.write!(badge, "%PDF-1.7\n")
    outside = Path.join(root, "outside.pdf")
    File.write!(outside, "%PDF-1.7\n")

    %{badge: badge, outside: outside}
  end

  test "a PDF in the folder is a badge", %{badge: badge, badges: badges} do
    assert {:ok, path} = BadgeFile.check(badge, badges)
    assert File.read!(path) == "%PDF-1.7\n"
  end

  test "a PDF in a folder inside it is one, too", %{badges: badges} do
    badge = Path.join(badges, "monday/badge.pdf")
    File.mkdir_p!(Path.dirname(badge))
    File.write!(badge, "%PDF-1.7\n")

    assert {:ok, _path} = BadgeFile.check(badge, badges)
  end

  test "a file outside is refused, whether it exists or not", context do
    %{badges: badges, outside: outside} = context

    for path <- [outside, "/etc/passwd", "/no/such.pdf", badges, Path.dirname(badges), "/"] do
      assert BadgeFile.check(path, badges) == {:refused, "lies outside the badges folder"}
    end
  end

  test "a name that is longer than the system takes is refused, not tried again", context do
    path = Path.join(context.badges, String.duplicate("x", 300) <> ".pdf")

    assert BadgeFile.check(path, context.badges) == {:refused, "has a name that is too long"}
  end

  test "a folder whose name begins alike is outside", %{badges: badges} do
    path = badges <> "-other/badge.pdf"
    File.mkdir_p!(Path.dirname(path))
    File.write!(path, "%PDF-1.7\n")

    assert {:refused, _why} = BadgeFile.check(path, badges)
  end

  test "`..` leads out, and back in", %{badges: badges} do
    assert {:refused, _why} = BadgeFile.check(badges <> "/../outside.pdf", badges)
    assert {:refused, _why} = BadgeFile.check(badges <> "/no/such/../../../outside.pdf", badges)
    assert {:ok, _path} = BadgeFile.check(badges <> "/../badges/./badge.pdf", badges)
  end

  test "a symlink that leads out is refused: a file, a folder, a chain", context do
    %{badges: badges, outside: outside, root: root} = context
    File.ln_s!(outside, Path.join(badges, "absolute.pdf"))
    File.ln_s!("../outside.pdf", Path.join(badges, "relative.pdf"))
    File.ln_s!("relative.pdf", Path.join(badges, "chain.pdf"))
    File.ln_s!(root, Path.join(badges, "folder"))
    # The `..` is that of the folder the link leads to.
    File.mkdir_p!(Path.join(root, "far/deep"))
    File.write!(Path.join(root, "far/badge.pdf"), "%PDF-1.7\n")
    File.ln_s!(Path.join(root, "far/deep"), Path.join(badges, "deep"))

    for name <- ~w(absolute.pdf relative.pdf chain.pdf folder/outside.pdf deep/../badge.pdf) do
      assert {:refused, _why} = BadgeFile.check(Path.join(badges, name), badges)
    end
  end

  test "a symlink that stays inside is a badge", %{badge: badge, badges: badges} do
    File.ln_s!(badge, Path.join(badges, "again.pdf"))

    assert {:ok, path} = BadgeFile.check(Path.join(badges, "again.pdf"), badges)
    assert Path.basename(path) == "badge.pdf"
  end

  test "a symlink to itself is refused", %{badges: badges} do
    File.ln_s!("loop.pdf", Path.join(badges, "loop.pdf"))

    assert {:refused, why} = BadgeFile.check(Path.join(badges, "loop.pdf"), badges)
    assert why =~ "symlinks"
  end

  test "the folder itself may be reached through a symlink", %{badges: badges, root: root} do
    linked = Path.join(root, "linked")
    File.ln_s!(badges, linked)

    assert {:ok, _path} = BadgeFile.check(linked <> "/badge.pdf", badges)
    assert {:ok, _path} = BadgeFile.check(badges <> "/badge.pdf", linked)
    assert {:refused, _why} = BadgeFile.check(linked <> "/../outside.pdf", linked)
  end

  test "what is no PDF is refused: other content, an empty file, a folder, a pipe", context do
    %{badges: badges} = context
    File.write!(badges <> "/text.pdf", "Dear PDF-")
    File.write!(badges <> "/empty.pdf", "")
    File.mkdir!(badges <> "/folder.pdf")
    {_out, 0} = System.cmd("mkfifo", [badges <> "/pipe.pdf"])

    for name <- ~w(text.pdf empty.pdf folder.pdf pipe.pdf) do
      assert {:refused, why} = BadgeFile.check(Path.join(badges, name), badges)
      assert why =~ "not a"
    end
  end

  test "a file that is missing may come later", %{badges: badges} do
    assert BadgeFile.check(badges <> "/soon.pdf", badges) ==
             {:unreadable, "no such file or directory"}
  end
end
